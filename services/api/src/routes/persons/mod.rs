//! 教职工: found by number or name, shown, corrected.

pub(crate) mod correct;
pub(crate) mod head;
pub(crate) mod search;
