"""Transactions: documents, the OMOP rows that they own, and what becomes of both."""
