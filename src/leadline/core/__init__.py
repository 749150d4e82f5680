"""What every stage may use, and which uses nothing of ours: errors, time, calendars, seeds, frames, units."""
