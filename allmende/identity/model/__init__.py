"""What accounts, links, invites and doors are: frozen values, pure rules and limits."""
