//! Tests of the house itself: its walls. There is no code here but the tests beside this file.
