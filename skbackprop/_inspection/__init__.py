"""Looks into a network: explanations, checks, pictures. Knows the estimators."""
