"""Every copy in folders."""
