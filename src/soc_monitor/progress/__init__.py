"""Progress: the plan, its registers, and the rule by which its kpis are judged."""
