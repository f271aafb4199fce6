"""Concepts, codes and value sets of the database at hand."""
