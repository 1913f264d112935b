//! Decides what may be shown: an assessment becomes a document at one evidence level, and formats render it.
