"""Documents: pages that the server writes whole, and the first layer of those that Dash takes."""
