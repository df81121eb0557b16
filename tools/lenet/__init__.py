"""A LeNet-5 that reads printed digits, trained on digits rendered from fonts."""
