"""Descriptions of the classes, held against each text by a frozen encoder."""
