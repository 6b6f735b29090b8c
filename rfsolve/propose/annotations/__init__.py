"""Readers of annotations, one module for each format, and what they hand over."""
