"""Token -> `Grants`: who asks, and what may they see."""
