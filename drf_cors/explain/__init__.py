"""Answers for people and programs about policies and verdicts.

Import the modules; the package exports nothing.
"""
