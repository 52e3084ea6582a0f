"""``allmende check``: sentences about this installation, each with a remedy in words."""
