"""How fast, and beside others; every figure in docs/measurements that is a time or a size comes from here."""
