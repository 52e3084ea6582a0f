"""The control connection of Mumble: protocol values <-> calls of the service.

A file for each group of messages; `table` says which message goes where.
"""
