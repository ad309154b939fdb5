"""The local Redis: real process, real crash, a password."""

import os
import signal
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import AuthenticationError

from paybox.embedded.processes import is_running, wait_until
from paybox.embedded.redis import remove_redis, start_redis
from tests.embedded.observed import listening_on, words_of


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "redis"
    remove_redis(tmp_path / "redis")


def client(url: str) -> Redis:
    return Redis.from_url(url, decode_responses=True)


class TestStartRedis:
    def test_it_answers_and_refuses_to_forget(self, data_dir: Path) -> None:
        server = start_redis(data_dir)
        assert listening_on(server.pid) == {f"0100007F:{server.port:04X}"}
        redis = client(server.url)
        wanted = {
            "appendonly": "yes",
            "appendfsync": "everysec",
            "maxmemory-policy": "noeviction",
            "bind": "127.0.0.1",
        }
        assert redis.config_get(*wanted) == wanted

    def test_without_the_password_it_says_nothing(self, data_dir: Path) -> None:
        server = start_redis(data_dir)
        with pytest.raises(AuthenticationError):
            client(f"redis://127.0.0.1:{server.port}/0").ping()
        password = server.url.split("@")[0].rpartition(":")[2]
        assert all(password not in word for word in words_of(server.pid))
        assert stat.S_IMODE((data_dir / "redis.conf").stat().st_mode) == 0o600

    def test_the_second_start_joins_the_first(self, data_dir: Path) -> None:
        first, second = start_redis(data_dir), start_redis(data_dir)
        assert (second.pid, second.url) == (first.pid, first.url)
        first.stop()
        assert client(second.url).ping()
        second.stop()
        assert not is_running(second.pid)

    def test_a_clean_stop_keeps_what_was_queued(self, data_dir: Path) -> None:
        server = start_redis(data_dir)
        client(server.url).rpush("waves", "1", "2")
        server.stop()
        assert not is_running(server.pid)
        again = start_redis(data_dir)
        assert again.url == server.url
        assert client(again.url).lrange("waves", 0, -1) == ["1", "2"]

    def test_killed_it_comes_back_with_what_was_on_disk(self, data_dir: Path) -> None:
        server = start_redis(data_dir)
        redis = client(server.url)
        redis.rpush("waves", "1")
        assert wait_until(
            lambda: redis.info("persistence")["aof_pending_bio_fsync"] == 0, seconds=10
        )
        os.kill(server.pid, signal.SIGKILL)
        again = start_redis(data_dir)
        assert again.pid != server.pid
        assert client(again.url).lrange("waves", 0, -1) == ["1"]
