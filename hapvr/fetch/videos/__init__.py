"""The videos of published datasets: found in the user's folder, fetched into it, deleted once they are sampled."""
