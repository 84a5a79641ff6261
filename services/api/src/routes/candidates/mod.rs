//! 培养对象: the head of one candidate.

pub(crate) mod head;
