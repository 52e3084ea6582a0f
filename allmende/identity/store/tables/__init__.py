"""The tables of identity and how long their rows are kept."""

from allmende.identity.store.tables import accounts, groups, handouts, proofs

KEPT = [*accounts.KEPT, *proofs.KEPT, *groups.KEPT, *handouts.KEPT]
