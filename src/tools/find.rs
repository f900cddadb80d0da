//! From a name to a user: by id, username, alias or e-mail address, in any case.

use std::collections::HashMap;

use duo_api::model::User;

use super::duo::Duo;
use super::endpoint::users::{UsersGet, UsersList};
use super::error::ToolError;

/// Duo's ids of users are 20 characters that begin so.
pub(crate) fn is_user_id(text: &str) -> bool {
    text.len() == 20 && text.starts_with("DU") && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// The one user of this name, where `me` is who calls.
pub(crate) async fn person(duo: &Duo, named: &str) -> Result<User, ToolError> {
    match duo.me(named)? {
        Some(username) => called(duo, &username, username.clone()).await,
        None => user(duo, named).await,
    }
}

/// The one user of this name.
pub(crate) async fn user(duo: &Duo, named: &str) -> Result<User, ToolError> {
    let named = named.trim();
    if is_user_id(named) {
        return match duo.call(&UsersGet { user_id: named.to_owned() }).await {
            Err(ToolError::Duo(error)) if error.is_not_found() => Err(ToolError::no_such_user(named)),
            other => other,
        };
    }
    called(duo, named, duo.defaults().username(named)).await
}

/// The one user of this very username or alias; or, where the name is an address, of this e-mail address.
pub(crate) async fn called(duo: &Duo, named: &str, username: String) -> Result<User, ToolError> {
    let mut found = duo.call(&UsersList { username: Some(username), ..UsersList::default() }).await?;
    if found.is_empty() && named.contains('@') {
        found = duo.call(&UsersList { email: Some(named.to_owned()), ..UsersList::default() }).await?;
    }
    match found.len() {
        0 => Err(ToolError::no_such_user(named)),
        1 => Ok(found.swap_remove(0)),
        _ => Err(ToolError::NotOne {
            code: "user_ambiguous",
            message: format!("{} Duo users have the e-mail address `{named}`.", found.len()),
            fix: format!("Name one of them by username: {}.", names(&found)),
        }),
    }
}

/// The users who have these very usernames, in the order given: a request for each hundred.
pub(crate) async fn by_username(duo: &Duo, usernames: &[String]) -> Result<Vec<Option<User>>, ToolError> {
    let mut by_name = HashMap::new();
    for chunk in usernames.chunks(100) {
        let list = serde_json::json!(chunk).to_string();
        remember(&mut by_name, duo.call(&UsersList { username_list: Some(list), ..UsersList::default() }).await?);
    }
    Ok(usernames.iter().map(|name| by_name.get(&name.to_lowercase()).cloned()).collect())
}

/// The users of these names, in the order given; `None` where no user has the name.
pub(crate) async fn users(duo: &Duo, named: &[String]) -> Result<Vec<Option<User>>, ToolError> {
    let mut by_name = HashMap::new();
    let (ids, names): (Vec<&String>, Vec<&String>) = named.iter().partition(|name| is_user_id(name));
    for chunk in ids.chunks(100) {
        let list = serde_json::json!(chunk).to_string();
        remember(&mut by_name, duo.call(&UsersList { user_id_list: Some(list), ..UsersList::default() }).await?);
    }
    for chunk in names.chunks(100) {
        let formatted: Vec<String> = chunk.iter().map(|name| duo.defaults().username(name)).collect();
        let list = serde_json::json!(formatted).to_string();
        remember(&mut by_name, duo.call(&UsersList { username_list: Some(list), ..UsersList::default() }).await?);
    }
    let mut found = Vec::with_capacity(named.len());
    for name in named {
        let key = duo.defaults().username(name).to_lowercase();
        let user = by_name.get(&key).or_else(|| by_name.get(&name.to_lowercase()));
        // `username_list` is documented for usernames; an alias or an address is looked up by itself.
        found.push(match user {
            Some(user) => Some(User::clone(user)),
            None => match self::user(duo, name).await {
                Ok(user) => Some(user),
                Err(ToolError::NotOne { code: "user_not_found", .. }) => None,
                Err(other) => return Err(other),
            },
        });
    }
    Ok(found)
}

fn remember(by_name: &mut HashMap<String, User>, users: Vec<User>) {
    for user in users {
        by_name.insert(user.user_id.to_lowercase(), user.clone());
        by_name.insert(user.username.to_lowercase(), user);
    }
}

fn names(users: &[User]) -> String {
    users.iter().take(5).map(|user| user.username.as_str()).collect::<Vec<_>>().join(", ")
}
