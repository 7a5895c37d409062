//! TCP and names, asked for as a guest's component asks.

use std::net::{SocketAddr, TcpListener};

use wasmtime::component::Resource;
use wasmtime_wasi::p2::SocketError;
use wasmtime_wasi::p2::bindings::sockets::ip_name_lookup::{Host as _, HostResolveAddressStream as _};
use wasmtime_wasi::p2::bindings::sockets::network::{
    ErrorCode, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress,
};
use wasmtime_wasi::p2::bindings::sockets::tcp::HostTcpSocket as _;
use wasmtime_wasi::p2::bindings::sockets::{instance_network, tcp_create_socket, udp_create_socket};
use wasmtime_wasi::sockets::WasiSocketsView as _;

use super::requests::Double;
use super::*;
use crate::grants::Denied;
use crate::host::network::Resolved;

fn granted(tcp: &[&str]) -> Call {
    granted_within(tcp, setup())
}

fn granted_within(tcp: &[&str], setup: Setup) -> Call {
    let tcp = tcp.iter().map(|text| TcpGrant::parse(text).unwrap()).collect();
    let setup = Setup { grants: Grants { tcp, ..Grants::default() }, ..setup };
    let resolved = Resolved::default();
    let call = Call::new(Arc::new(setup), None, Arc::new(MemoryState::default()));
    let builder = wasi::builder(call.grants(), &resolved, &call.denials).unwrap();
    call.with_wasi(builder, resolved)
}

/// What was denied since this was last asked, as the lines that would grant it.
fn denied(call: &Call) -> Vec<String> {
    call.denials.take().iter().map(Denied::grant_line).collect()
}

fn code(error: SocketError) -> ErrorCode {
    error.downcast().unwrap()
}

fn in_runtime<T>(work: impl Future<Output = T>) -> T {
    let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { tokio::time::timeout(Duration::from_secs(10), work).await.unwrap() })
}

fn connect(call: &mut Call, to: SocketAddr) -> Result<(), ErrorCode> {
    let SocketAddr::V4(to) = to else { panic!("IPv4 only") };
    let [a, b, c, d] = to.ip().octets();
    let to = IpSocketAddress::Ipv4(Ipv4SocketAddress { port: to.port(), address: (a, b, c, d) });
    in_runtime(async {
        let mut sockets = call.sockets();
        let network = instance_network::Host::instance_network(&mut sockets).unwrap();
        let family = IpAddressFamily::Ipv4;
        let socket = tcp_create_socket::Host::create_tcp_socket(&mut sockets, family).map_err(code)?;
        let same = || Resource::new_borrow(socket.rep());
        sockets.start_connect(same(), network, to).map_err(code)?;
        loop {
            match sockets.finish_connect(same()).map_err(code) {
                Ok(_) => return Ok(()),
                Err(ErrorCode::WouldBlock) => tokio::task::yield_now().await,
                Err(error) => return Err(error),
            }
        }
    })
}

/// Looks a name up, and takes its first address.
fn resolve(call: &mut Call, name: &str) -> Result<(), ErrorCode> {
    let network = instance_network::Host::instance_network(&mut call.sockets()).unwrap();
    in_runtime(async {
        let mut names = wasi::lookup(call);
        let stream = names.resolve_addresses(network, name.to_owned()).map_err(code)?;
        loop {
            match names.resolve_next_address(Resource::new_borrow(stream.rep())).map_err(code) {
                Ok(_) => return Ok(()),
                Err(ErrorCode::WouldBlock) => tokio::task::yield_now().await,
                Err(error) => return Err(error),
            }
        }
    })
}

#[test]
fn a_granted_address_is_connected_to_and_no_other() {
    let listeners = [TcpListener::bind("127.0.0.1:0").unwrap(), TcpListener::bind("127.0.0.1:0").unwrap()];
    let [granted_to, other] = listeners.each_ref().map(|listener| listener.local_addr().unwrap());
    let mut call = granted(&[&granted_to.to_string()]);
    assert_eq!(connect(&mut call, granted_to), Ok(()));
    assert!(denied(&call).is_empty());
    assert_eq!(connect(&mut call, other), Err(ErrorCode::AccessDenied));
    assert_eq!(denied(&call), [format!("tcp = [\"{other}\"]")]);
}

#[test]
fn a_name_that_is_not_granted_is_not_looked_up() {
    let mut call = granted(&["localhost:80"]);
    assert_eq!(resolve(&mut call, "example.org"), Err(ErrorCode::AccessDenied));
    assert_eq!(denied(&call), ["tcp = [\"example.org:PORT\"]"]);
    assert_eq!(resolve(&mut call, "localhost"), Ok(()));
    assert_eq!(resolve(&mut call, "LOCALHOST."), Ok(()));
}

#[test]
fn a_granted_name_that_leads_to_this_machine_is_not_connected_to() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut call = granted(&[&format!("localhost:{}", address.port())]);
    assert_eq!(resolve(&mut call, "localhost"), Ok(()));
    assert_eq!(connect(&mut call, address), Err(ErrorCode::AccessDenied));
    let denied = call.denials.take();
    assert!(
        matches!(denied.as_slice(), [Denied::PrivateTcp { address: to, .. }] if *to == address),
        "{denied:?}"
    );
}

#[test]
fn lookups_are_counted() {
    let mut call = granted(&["localhost:80"]);
    for _ in 0..16 {
        assert_eq!(resolve(&mut call, "localhost"), Ok(()));
    }
    assert_eq!(resolve(&mut call, "localhost"), Err(ErrorCode::TemporaryResolverFailure));
}

#[test]
fn without_a_grant_there_is_neither_tcp_nor_udp() {
    let mut call = granted(&[]);
    let address = "127.0.0.1:9".parse().unwrap();
    assert_eq!(connect(&mut call, address), Err(ErrorCode::AccessDenied));
    let family = IpAddressFamily::Ipv4;
    let mut call = granted(&["127.0.0.1:9"]);
    let udp = in_runtime(udp_create_socket::Host::create_udp_socket(&mut call.sockets(), family));
    assert_eq!(udp.map(drop).map_err(code), Err(ErrorCode::AccessDenied));
}

#[test]
fn with_a_stand_in_nobody_is_reached_whatever_is_granted() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let double = Arc::new(Double::default());
    let setup = Setup { stand_in: Some(double.clone()), ..setup() };
    let mut call = granted_within(&[&address.to_string(), "localhost:80"], setup);
    assert_eq!(connect(&mut call, address), Err(ErrorCode::AccessDenied));
    assert_eq!(resolve(&mut call, "localhost"), Err(ErrorCode::AccessDenied));
    assert_eq!(double.told(), [format!("tcp {address}"), "the address of localhost".to_owned()]);
    assert!(denied(&call).is_empty());
    let other = SocketAddr::new(address.ip(), 9);
    assert_eq!(connect(&mut call, other), Err(ErrorCode::AccessDenied));
    assert_eq!((double.told().len(), denied(&call)), (2, vec![format!("tcp = [\"{other}\"]")]));
}
