"""What the machine gives: memory, cores, disks, and whole files on them."""
