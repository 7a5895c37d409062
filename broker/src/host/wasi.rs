//! WASI for guests: what every program expects to find, with nothing behind it that was not granted.
//!
//! Clocks and random numbers are given. Files are those of granted folders, the environment has the granted values,
//! standard input is closed unless the handler is a command. TCP connects to granted places only and never listens; UDP
//! is not there. Names are looked up only if they are granted, and what they resolve to is judged in `network`.

use std::net::{IpAddr, SocketAddr};

use wasmtime::component::{HasData, HasSelf, Linker, Resource, ResourceTable};
use wasmtime_wasi::p2::bindings::sockets::ip_name_lookup;
use wasmtime_wasi::p2::bindings::sockets::network::{self, ErrorCode, IpAddress, Network};
use wasmtime_wasi::p2::{DynPollable, SocketError};
use wasmtime_wasi::sockets::{SocketAddrUse, WasiSocketsCtxView, WasiSocketsView};
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use super::bindings::HandlerWorld;
use super::call::Call;
use super::denials::Denials;
use super::error::LoadError;
use super::files;
use super::http::Outgoing;
use super::network::Resolved;
use crate::grants::{Denied, FolderGrant, Grants, Host};

/// Resources that a guest may hold at once: files, streams, requests. Each may be a file descriptor of the broker's.
const MAX_RESOURCES: usize = 256;
/// Names that it may have looked up for one event; each takes a thread while it lasts.
const MAX_LOOKUPS: u32 = 16;
/// Random bytes that it may ask for at once.
const MAX_RANDOM_BYTES: u64 = 64 << 10;

type Stream = ip_name_lookup::ResolveAddressStream;

/// A call's part of WASI.
pub(super) struct Wasi {
    ctx: WasiCtx,
    table: ResourceTable,
    http_ctx: WasiHttpCtx,
    outgoing: Outgoing,
    resolved: Resolved,
    /// The names that are being looked up, by the stream of their addresses.
    names: Vec<(u32, Box<str>)>,
    lookups: u32,
}

impl Wasi {
    pub(super) fn new(ctx: WasiCtx, outgoing: Outgoing, resolved: Resolved) -> Self {
        let mut table = ResourceTable::new();
        table.set_max_capacity(MAX_RESOURCES);
        Self { ctx, table, http_ctx: WasiHttpCtx::new(), outgoing, resolved, names: Vec::new(), lookups: 0 }
    }
}

/// Everything that components may import.
pub(super) fn linker(engine: &wasmtime::Engine) -> wasmtime::Result<Linker<Call>> {
    let mut linker = Linker::new(engine);
    HandlerWorld::add_to_linker::<Call, HasSelf<Call>>(&mut linker, |call| call)?;
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    linker.allow_shadowing(true);
    files::watch(&mut linker)?;
    ip_name_lookup::add_to_linker::<Call, Lookups>(&mut linker, lookup)?;
    linker.allow_shadowing(false);
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
    Ok(linker)
}

/// What is granted, in WASI's terms.
///
/// # Errors
/// If a folder cannot be opened.
pub(super) fn builder(
    grants: &Grants,
    resolved: &Resolved,
    denials: &Denials,
) -> Result<WasiCtxBuilder, LoadError> {
    let mut builder = WasiCtxBuilder::new();
    builder.envs(&grants.environment).max_random_size(MAX_RANDOM_BYTES).allow_udp(false);
    for folder in &grants.folders {
        preopen(&mut builder, folder)?;
    }
    let is_tcp = !grants.tcp.is_empty();
    builder.allow_tcp(is_tcp).allow_ip_name_lookup(is_tcp);
    if is_tcp {
        connecting(&mut builder, connections(grants, resolved, denials));
    }
    Ok(builder)
}

/// Whether a connection may be opened; that it may not is noted.
pub(super) fn connections(
    grants: &Grants,
    resolved: &Resolved,
    denials: &Denials,
) -> impl Fn(SocketAddr) -> bool + Send + Sync + use<> {
    let (grants, resolved, denials) = (grants.clone(), resolved.clone(), denials.clone());
    move |address| {
        let is_allowed = resolved.may_connect(&grants, address);
        if !is_allowed {
            denials.note(resolved.denied(&grants, address));
        }
        is_allowed
    }
}

/// Lets sockets be used for nothing but connections, and for those that somebody allows.
pub(super) fn connecting(
    builder: &mut WasiCtxBuilder,
    may_connect: impl Fn(SocketAddr) -> bool + Send + Sync + 'static,
) {
    builder.socket_addr_check(move |address, usage| {
        let is_allowed = match usage {
            SocketAddrUse::TcpConnect => may_connect(address),
            // Connecting asks for this first: any address of this machine, any port. Nobody can connect to it, since
            // listening is refused.
            SocketAddrUse::TcpBind => address.ip().is_unspecified() && address.port() == 0,
            SocketAddrUse::TcpListen
            | SocketAddrUse::TcpAccept
            | SocketAddrUse::UdpBind
            | SocketAddrUse::UdpSend
            | SocketAddrUse::UdpReceive => false,
        };
        Box::pin(async move { is_allowed })
    });
}

fn preopen(builder: &mut WasiCtxBuilder, folder: &FolderGrant) -> Result<(), LoadError> {
    let perms = if folder.writable { FsPerms::ReadWrite } else { FsPerms::ReadOnly };
    let opened = builder.preopened_dir(&folder.host, &folder.guest, perms).map(drop);
    opened.map_err(|error| LoadError::Grant {
        grant: format!("the folder {}", folder.host.display()),
        error: super::error::words(&error),
    })
}

impl WasiView for Call {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        let wasi = self.wasi();
        WasiCtxView { ctx: &mut wasi.ctx, table: &mut wasi.table }
    }
}

impl WasiHttpView for Call {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        let wasi = self.wasi();
        WasiHttpCtxView { hooks: &mut wasi.outgoing, table: &mut wasi.table, ctx: &mut wasi.http_ctx }
    }
}

/// Marks the guarded resolver for wasmtime.
struct Lookups;

impl HasData for Lookups {
    type Data<'a> = Lookup<'a>;
}

/// The resolver of WASI, asked for granted names only.
pub(super) struct Lookup<'a> {
    call: &'a mut Call,
}

pub(super) fn lookup(call: &mut Call) -> Lookup<'_> {
    Lookup { call }
}

impl Lookup<'_> {
    fn sockets(&mut self) -> WasiSocketsCtxView<'_> {
        self.call.sockets()
    }
}

impl network::Host for Lookup<'_> {
    fn convert_error_code(&mut self, error: SocketError) -> wasmtime::Result<ErrorCode> {
        network::Host::convert_error_code(&mut self.sockets(), error)
    }

    fn network_error_code(
        &mut self,
        error: Resource<wasmtime::Error>,
    ) -> wasmtime::Result<Option<ErrorCode>> {
        network::Host::network_error_code(&mut self.sockets(), error)
    }
}

impl network::HostNetwork for Lookup<'_> {
    fn drop(&mut self, network: Resource<Network>) -> wasmtime::Result<()> {
        network::HostNetwork::drop(&mut self.sockets(), network)
    }
}

impl ip_name_lookup::Host for Lookup<'_> {
    fn resolve_addresses(
        &mut self,
        network: Resource<Network>,
        name: String,
    ) -> Result<Resource<Stream>, SocketError> {
        let host = Host::parse(&name).ok_or(ErrorCode::InvalidArgument)?;
        let name = match host {
            Host::Name(name) if self.call.grants().name(&name) => name,
            Host::Name(name) => {
                self.call.denials.note(Denied::Name(name));
                return Err(ErrorCode::AccessDenied.into());
            }
            // Reading an address asks nobody, and whether it may be used is seen when it is.
            Host::Address(address) => address.to_string().into(),
        };
        if let Some(stand_in) = &self.call.setup.stand_in {
            stand_in.refused(format!("the address of {name}"));
            return Err(ErrorCode::AccessDenied.into());
        }
        let lookups = &mut self.call.wasi().lookups;
        *lookups += 1;
        if *lookups > MAX_LOOKUPS {
            return Err(ErrorCode::TemporaryResolverFailure.into());
        }
        let stream = ip_name_lookup::Host::resolve_addresses(&mut self.sockets(), network, name.to_string())?;
        self.call.wasi().names.push((stream.rep(), name));
        Ok(stream)
    }
}

impl ip_name_lookup::HostResolveAddressStream for Lookup<'_> {
    fn resolve_next_address(&mut self, stream: Resource<Stream>) -> Result<Option<IpAddress>, SocketError> {
        let rep = stream.rep();
        let next =
            ip_name_lookup::HostResolveAddressStream::resolve_next_address(&mut self.sockets(), stream)?;
        let Some(address) = next else { return Ok(None) };
        let ip = address_of(&address);
        let wasi = self.call.wasi();
        let name = wasi.names.iter().find(|(of, _)| *of == rep).map(|(_, name)| name.clone());
        if let Some(name) = name {
            wasi.resolved.remember(&name, ip);
        }
        Ok(Some(address))
    }

    fn subscribe(&mut self, stream: Resource<Stream>) -> wasmtime::Result<Resource<DynPollable>> {
        ip_name_lookup::HostResolveAddressStream::subscribe(&mut self.sockets(), stream)
    }

    fn drop(&mut self, stream: Resource<Stream>) -> wasmtime::Result<()> {
        let rep = stream.rep();
        self.call.wasi().names.retain(|(of, _)| *of != rep);
        ip_name_lookup::HostResolveAddressStream::drop(&mut self.sockets(), stream)
    }
}

fn address_of(address: &IpAddress) -> IpAddr {
    match address {
        IpAddress::Ipv4((a, b, c, d)) => IpAddr::from([*a, *b, *c, *d]),
        IpAddress::Ipv6((a, b, c, d, e, f, g, h)) => IpAddr::from([*a, *b, *c, *d, *e, *f, *g, *h]),
    }
}
