"""The only room that writes: tables, queries, arrays, and the private database."""
