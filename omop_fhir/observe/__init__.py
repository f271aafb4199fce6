"""What an operator sees of a running server: log lines, metrics, traces. Nothing of a patient, and nothing that a client wrote.

Every room may import this one; it knows none of them.
"""
