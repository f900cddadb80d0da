//! What every measurement works with: the upstream and the servers.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::database::Database;
use crate::gateway::{Gateway, Site};
use crate::load::{Load, Pace, Question, Ran, Target, run};
use crate::process::Server;
use crate::report::say;
use crate::upstream::Upstream;

/// The allocators that are compared.
pub(super) const ALLOCATORS: [&str; 2] = ["system", "mimalloc"];
/// How many tenants the speed is measured with, each with its own name of Duo's.
const WARM_TENANTS: usize = 64;

/// How long everything takes.
#[derive(Clone, Copy, Debug)]
pub struct Length {
    /// How many rounds in turn.
    pub rounds: usize,
    /// How long a load of one round lasts.
    pub time: Duration,
    /// How many tenants are many.
    pub many: usize,
    /// How many clients come and go.
    pub clients: usize,
}

impl Length {
    /// What counts.
    pub const FULL: Self = Self { rounds: 9, time: Duration::from_secs(3), many: 10_000, clients: 10_000 };
    /// What shows that it works, and roughly where one is.
    pub const QUICK: Self = Self { rounds: 3, time: Duration::from_millis(1500), many: 1_000, clients: 2_000 };
}

/// The floor and a gateway with one allocator, the gateway on one database.
pub(super) struct Pair {
    pub(super) name: String,
    pub(super) database: Option<Database>,
    pub(super) floor: (Server, Target),
    pub(super) gateway: Gateway,
}

/// What every measurement works with.
pub struct Bench {
    pub(super) upstream: Arc<Upstream>,
    pub(super) length: Length,
    pub(super) postgres: Option<String>,
    programs: PathBuf,
    folder: PathBuf,
    pairs: Vec<Pair>,
}

impl Bench {
    /// `programs` is where the servers' binaries are, `folder` is for what they keep, `postgres` a superuser's URL.
    pub async fn new(
        programs: PathBuf,
        folder: PathBuf,
        postgres: Option<String>,
        length: Length,
    ) -> anyhow::Result<Self> {
        Ok(Self { upstream: Arc::new(Upstream::start().await?), length, postgres, programs, folder, pairs: Vec::new() })
    }

    /// The binary of the gateway with this allocator.
    pub(super) fn gateway(&self, allocator: &str) -> PathBuf {
        self.programs.join(format!("bench-gateway-{allocator}"))
    }

    /// A folder for one installation.
    pub(super) fn folder(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Both servers with both allocators, and once more with the gateway on PostgreSQL where there is one; started once
    /// and kept.
    pub(super) async fn pairs(&mut self) -> anyhow::Result<&[Pair]> {
        if self.pairs.is_empty() {
            let mut pairs = Vec::new();
            for allocator in ALLOCATORS {
                pairs.push(self.pair(allocator, None, "SQLite").await?);
            }
            if let Some(server) = &self.postgres {
                let database = Database::new(server, "gateway_bench").await?;
                pairs.push(self.pair(ALLOCATORS[1], Some(database), "PostgreSQL").await?);
            }
            self.pairs = pairs;
        }
        Ok(&self.pairs)
    }

    async fn pair(&self, allocator: &str, database: Option<Database>, named: &str) -> anyhow::Result<Pair> {
        let name = format!("{allocator} allocator, {named}");
        say(&format!("starting the floor and a gateway: {name}"));
        let folder = self.folder(&format!("{allocator}-{named}"));
        let site = Site::new(self.gateway(allocator), folder.clone(), &self.upstream, database.as_ref()).await?;
        let certificate = folder.join("upstream.pem");
        let (to, certificate) = (self.upstream.address.to_string(), certificate.to_string_lossy().into_owned());
        let floor = self.programs.join(format!("bench-floor-{allocator}"));
        let arguments = ["--upstream", &to, "--certificate", &certificate];
        let floor = Server::speaking(&floor, &arguments, &folder.join("floor.log")).await?;
        let mut gateway = site.start(Vec::new()).await?;
        gateway.register(WARM_TENANTS).await?;
        let target = Target { address: floor.address, keys: Vec::new() };
        Ok(Pair { name, database, floor: (floor, target), gateway })
    }

    /// The same load on every server in turn, round after round; each pair's figures, the floor's first. Every server
    /// has had the load once before anything counts.
    pub(super) async fn in_turn(&mut self, load: &Load) -> anyhow::Result<Vec<Turns>> {
        let length = self.length;
        let pairs = self.pairs().await?;
        let mut turns: Vec<Turns> = pairs.iter().map(|pair| Turns::new(pair.name.clone())).collect();
        for round in 0..=length.rounds {
            for (pair, turns) in pairs.iter().zip(&mut turns) {
                let gateway = &pair.gateway;
                let floor = run(&pair.floor.0, &pair.floor.1, load).await?;
                let gateway = run(&gateway.server, &gateway.target, load).await?;
                if round > 0 {
                    turns.floor.push(floor);
                    turns.gateway.push(gateway);
                }
            }
        }
        Ok(turns)
    }

    /// A load of one round.
    pub(super) fn load(&self, question: Question, connections: usize, pace: Pace) -> Load {
        Load { question, connections, pace, time: self.length.time }
    }
}

/// What came of the rounds of one pair.
pub(super) struct Turns {
    pub(super) name: String,
    pub(super) floor: Vec<Ran>,
    pub(super) gateway: Vec<Ran>,
}

impl Turns {
    fn new(name: String) -> Self {
        Self { name, floor: Vec::new(), gateway: Vec::new() }
    }

    /// A figure of each round: the floor's and the gateway's.
    pub(super) fn figures(&self, figure: impl Fn(&Ran) -> f64) -> (Vec<f64>, Vec<f64>) {
        (self.floor.iter().map(&figure).collect(), self.gateway.iter().map(&figure).collect())
    }
}
