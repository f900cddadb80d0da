//! Reads the command line, runs the command, and gives the exit code.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use super::args::{Command, DeskCommand, Line};
use super::desk::Desk;
use super::error::{CONFIGURATION, FAILURE, USAGE, code, told};
use super::global::Global;
use super::report::{Report, say, warn};
use super::{
    admin, audit, clients, connections, credentials, export, grants, invites, keys, members, migrate, operations,
    passkeys, serve, tenants,
};

/// Runs the command that these arguments are. 0 is success, 1 a failure, 2 a command that is none, 78 settings that
/// cannot be used.
///
/// Not generic, or the whole program would be compiled with each caller and not here.
pub fn run(arguments: Vec<OsString>) -> ExitCode {
    let line = match Line::try_parse_from(arguments) {
        Ok(line) => line,
        Err(error) if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
            return if say(&error.to_string()).is_ok() { ExitCode::SUCCESS } else { ExitCode::from(FAILURE) };
        }
        Err(error) => {
            warn(error.to_string().trim_end());
            return ExitCode::from(USAGE);
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            warn(&format!("error: no runtime can be started: {error}"));
            return ExitCode::from(FAILURE);
        }
    };
    let as_json = line.global.json;
    let outcome = runtime.block_on(dispatch(line)).and_then(|report| match report {
        Some(report) => Ok(report.print(as_json)?),
        None => Ok(()),
    });
    // What still runs in the background has been told to stop; it is not waited for.
    runtime.shutdown_background();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let code = code(&error);
            let kind = if code == CONFIGURATION { "configuration error" } else { "error" };
            warn(&format!("{kind}: {}", told(&error)));
            ExitCode::from(code)
        }
    }
}

async fn dispatch(line: Line) -> anyhow::Result<Option<Report>> {
    let global = &line.global;
    // Each command's future is boxed: an optimising build lays out all of them inside of each other otherwise, deeper
    // than the compiler goes.
    match line.command {
        Command::Serve => Box::pin(serve::run(global)).await.map(|()| None),
        #[cfg(feature = "demo")]
        Command::Demo(args) => Box::pin(super::demo::run(global, args)).await.map(|()| None),
        Command::Migrate => Box::pin(migrate::run(global)).await.map(Some),
        Command::Clients(args) => clients::run(global, &args).map(Some),
        Command::Export(args) => export::run(&args).map(Some),
        Command::Desk(command) => Box::pin(at_the_desk(global, command)).await.map(Some),
    }
}

/// The commands that act on the database.
async fn at_the_desk(global: &Global, command: DeskCommand) -> anyhow::Result<Report> {
    let desk = Desk::open(global).await?;
    let outcome = match command {
        DeskCommand::Admin(command) => admin::run(&desk, command).await,
        DeskCommand::Tenants(command) => tenants::run(&desk, command).await,
        DeskCommand::Connections(command) => connections::run(&desk, command).await,
        DeskCommand::Credentials(command) => credentials::run(&desk, command).await,
        DeskCommand::Members(command) => members::run(&desk, command).await,
        DeskCommand::Passkeys(command) => passkeys::run(&desk, command).await,
        DeskCommand::Invites(command) => invites::run(&desk, command).await,
        DeskCommand::Grants(command) => grants::run(&desk, command).await,
        DeskCommand::Keys(command) => keys::run(&desk, command).await,
        DeskCommand::Operations(command) => operations::run(&desk, command).await,
        DeskCommand::Audit(command) => audit::run(&desk, command).await,
    };
    desk.close().await;
    outcome
}
