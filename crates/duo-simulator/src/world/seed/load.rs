//! Very many people at once, for tests of size.

use super::people::{add_person, add_phone};
use crate::clock::DAY_MS;
use crate::world::account::World;

/// Adds so many active people to an account; nine of ten have a phone.
pub(crate) fn load_users(world: &mut World, account_id: &str, count: usize, now_ms: i64) -> bool {
    let random = &mut world.random;
    let Some(account) = world.accounts.get_mut(account_id) else { return false };
    for index in 0..count {
        let user_id = add_person(account, random, now_ms);
        if index % 10 != 0 {
            add_phone(account, random, &user_id, "push", now_ms);
        }
        if let Some(user) = account.users.get_mut(&user_id) {
            user.last_login_ms = Some(now_ms - random.between(0, 120) * DAY_MS);
        }
    }
    true
}
