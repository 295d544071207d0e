//! Registers that operands cannot name on cores with the first Thumb instructions.

/// Saves them, with r0 on top of the stack.
macro_rules! save {
    () => {
        "push {{r4-r7, lr}}; mov r4, r8; mov r5, r9; mov r6, r10; mov r7, r11; push {{r4-r7}}; mov r4, r12; push {{r0, r4}}"
    };
}

/// Restores what [`save`] saved, with another r0 and r1.
macro_rules! restore {
    () => {
        "pop {{r0, r4}}; mov r12, r4; pop {{r4-r7}}; mov r8, r4; mov r9, r5; mov r10, r6; mov r11, r7
         pop {{r4-r7}}; pop {{r1}}; mov lr, r1"
    };
}

pub(super) use {restore, save};
