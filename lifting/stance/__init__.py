"""How people stand: what bears their weight, where up is, and where their floor."""
