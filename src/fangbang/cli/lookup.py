"""`fangbang lookup`: the public query."""

import sys
from functools import partial
from pathlib import Path
from typing import Any

import click

from fangbang.cli.edge import Session
from fangbang.cli.layout import Layout

_PATH = click.Path(path_type=Path)
_EXISTING = click.Path(path_type=Path, exists=True)
_PORT = click.IntRange(0, 65535)


@click.group()
def lookup() -> None:
    """面向公众的成绩查询 / Serve the public score query."""


@lookup.command()
@click.option("--public", type=_PATH, help="公开目录 / Folder with board.json and snapshots.")
@click.option("--keeper-socket", type=_PATH, help="保管进程的套接字 / The keeper's socket.")
@click.option("--other-keeper-socket", type=_PATH, help="第二个保管进程的套接字 / The second keeper's socket.")
@click.option("--trust", type=_PATH, help="保管进程的公钥文件 / The keeper's public keys.")
@click.option("--node", default="node1", show_default=True, help="节点名 / Name of this node.")
@click.option("--host", default="127.0.0.1", show_default=True, help="监听地址 / Address to listen on.")
@click.option("--port", type=_PORT, default=8080, show_default=True, help="端口，0 自选 / Port; 0 takes a free one.")
@click.option("--workers", type=click.IntRange(1, 128), default=2, show_default=True, help="工作进程数 / Workers.")
@click.option("--metrics-host", default="127.0.0.1", show_default=True, help="指标地址 / Address of the metrics.")
@click.option("--metrics-port", type=_PORT, default=9180, show_default=True, help="指标端口 / Port of the metrics.")
@click.option("--tls-cert", type=_EXISTING, help="TLS 证书链（PEM） / Certificate chain for HTTPS.")
@click.option("--tls-key", type=_EXISTING, help="TLS 私钥（PEM） / Key of the certificate.")
@click.option("--exams", type=_EXISTING, help="考试文件目录 / Folder with own exam files.")
@click.option("--demo", type=_EXISTING, help="演示文件 / Banner and people of a demonstration.")
@click.option("--images", type=click.IntRange(1, 1_000_000), help="图片数 / Pictures (setting IMAGES).")
@click.option("--challenge-bits", type=click.IntRange(0, 20), help="难度 / Base price (LIMIT_BITS).")
@click.option(
    "--persons",
    type=click.IntRange(1),
    help="每网段十分钟可查人数 / Persons an address prefix may ask for in ten minutes (LIMIT_PERSONS).",
)
@click.option("--trusted-proxy", multiple=True, help="可信代理网段 / Network of a trusted proxy (repeatable).")
@click.option("--wide-network", multiple=True, help="运营商网段 / Network of a carrier (repeatable).")
@click.pass_obj
def serve(session: Session, /, **options: Any) -> None:
    """启动查询节点 / Start a query node.

    一个监督进程和若干工作进程，Ctrl-C 停止。 / One supervisor and its workers, until Ctrl-C.

    \b
    例 / Examples:
      fangbang lookup serve
      fangbang lookup serve --host 0.0.0.0 --port 8080 --workers 4
    """
    from fangbang.lookup.supervisor import Binding, run

    config = _config(session, options)
    certificate, key = options["tls_cert"], options["tls_key"]
    if (certificate is None) != (key is None):
        raise click.UsageError("--tls-cert 与 --tls-key 须同时给出 / --tls-cert and --tls-key go together")
    tls = (certificate, key) if certificate else None
    binding = Binding(options["host"], options["port"], options["metrics_host"], options["metrics_port"], tls)
    run(config, binding, session.clock, partial(_announce, session, config.name, "https" if tls else "http"))


def _config(session: Session, options: dict[str, Any]) -> Any:
    from fangbang.lookup.config import NodeConfig, NodeKeys
    from fangbang.lookup.options import budgets, shared_limits, thresholds

    store, limits = shared_limits(session.settings)
    layout = Layout(session.settings.home)
    public: Path = options["public"] or layout.public
    own_exams = session.settings.values["EXAMS"]
    return NodeConfig(
        name=options["node"],
        public=public.resolve(),
        keeper_socket=options["keeper_socket"] or layout.keeper_socket,
        trust=options["trust"] or public / "trust.json",
        state=layout.node(options["node"]),
        shared=layout.home,
        workers=options["workers"],
        keys=NodeKeys.draw(limits),
        budgets=budgets(session.settings, options["challenge_bits"], options["persons"], options["wide_network"]),
        thresholds=thresholds(session.settings),
        store=store,
        other_keeper=options["other_keeper_socket"],
        exams=options["exams"] or (Path(own_exams) if own_exams else None),
        demo=options["demo"],
        trusted_proxies=options["trusted_proxy"],
        image_capacity=options["images"] or session.settings.number("IMAGES", least=1, most=1_000_000),
    )


def _announce(session: Session, node: str, scheme: str, address: dict[str, Any]) -> None:
    """One line once every worker takes connections."""
    url = f"{scheme}://{address['host']}:{address['port']}/"
    session.result(
        {"node": node, "url": url, **address},
        zh=f"查询节点 {node}：{url} 指标端口 {address['metrics_port']}",
        en=f"Query node {node}: {url} metrics on port {address['metrics_port']}",
    )
    sys.stdout.flush()
