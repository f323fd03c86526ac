#include "machine/host_facts.hpp"

#include <unistd.h>

#include "test_support.hpp"

using jujubackup::machine::Release;

TEST_CASE("the host name of a tree and of this machine") {
  const test::Scratch scratch;
  using jujubackup::machine::hostname_at;
  CHECK(hostname_at(scratch.path()) == "");
  for (const char* text : {"juju-b23b53-0\n", "juju-b23b53-0", "  juju-b23b53-0\r\n\n", "juju-b23b53-0\nsecond line\n"}) {
    test::write_file(scratch / "etc/hostname", text);
    CHECK(hostname_at(scratch.path()) == "juju-b23b53-0");
  }
  char name[256] = {};
  REQUIRE(::gethostname(name, sizeof name - 1) == 0);
  CHECK(hostname_at("/") == name);
}

TEST_CASE("the release of a tree") {
  struct Case {
    const char* text;
    const char* series;
    const char* base;
  };
  const std::vector<Case> cases = {
      {"ID=ubuntu\nVERSION_ID=\"22.04\"\nVERSION_CODENAME=jammy\n", "jammy", "ubuntu@22.04"},
      {"VERSION_CODENAME='noble'\nVERSION_ID='24.04'\nID=ubuntu", "noble", "ubuntu@24.04"},
      {"NAME=\"Ubuntu\"\nVERSION=\"14.04.6 LTS, Trusty Tahr\"\nID=ubuntu\nVERSION_ID=\"14.04\"\n", "trusty", "ubuntu@14.04"},
      {"ID=debian\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\n", "bookworm", "debian@12"},
      {"ID=arch\n", "", ""},
      {"ID_LIKE=ubuntu\nXVERSION_ID=9\n", "", ""},
      {"", "", ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    const test::Scratch scratch;
    CHECK(jujubackup::machine::release_at(scratch.path()).base == "");
    for (const char* place : {"usr/lib/os-release", "etc/os-release"}) {
      test::write_file(scratch / place, c.text);
      const Release release = jujubackup::machine::release_at(scratch.path());
      CHECK(release.series == c.series);
      CHECK(release.base == c.base);
    }
  }
}

TEST_CASE("series and base of Ubuntu releases") {
  using jujubackup::machine::base_of_series;
  using jujubackup::machine::series_of_base;
  for (const auto& [series, base] : {std::pair("xenial", "ubuntu@16.04"), std::pair("jammy", "ubuntu@22.04")}) {
    CHECK(base_of_series(series) == base);
    CHECK(series_of_base(base) == series);
  }
  for (const char* unknown : {"", "ubuntu@", "ubuntu@22.10", "22.04", "debian@12", "kinetic"}) {
    CHECK(series_of_base(unknown) == "");
    CHECK(base_of_series(unknown) == "");
  }
}
