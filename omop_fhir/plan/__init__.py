"""Parsed request + bound mapping + grants -> plan; pure. No plan is made without grants."""
