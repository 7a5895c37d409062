//! The harness of Philae's whole-broker tests.
