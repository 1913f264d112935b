//! Decides what would have been given away: each person once, under each profile and bound.
