//! A proposal for assignments (Opinions 三(四)): balanced by department and load.
