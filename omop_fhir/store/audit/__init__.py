"""The audit: where events are kept, and whether they are as they were written."""
