"""What may be done with pads: ``pads`` as people manage them, ``engine`` while they are open."""
