#include "machine/space_check.hpp"

#include "test_support.hpp"

using jujubackup::Space;

TEST_CASE("the space that Juju wants: a fifth more, but at least 5 GiB or a tenth of the volume") {
  constexpr std::uint64_t mib = 1u << 20;
  struct Case {
    std::uint64_t needed_bytes;
    std::uint64_t free_mib, total_mib;
    std::string message;
  };
  const std::vector<Case> cases = {
      {0, 0, 0, ""},
      {0, 1, 10, ""},
      {0, 0, 10, "not enough free space in \"/backups\"; want 1MiB, have 0MiB"},
      {1, 1, 0, ""},
      {1, 0, 0, "not enough free space in \"/backups\"; want 1MiB, have 0MiB"},
      // A small volume: a tenth of it.
      {100 * mib, 1100, 10000, ""},
      {100 * mib, 1099, 10000, "not enough free space in \"/backups\"; want 1100MiB, have 1099MiB"},
      // A large one: 5 GiB.
      {100 * mib, 5220, 1000000, ""},
      {100 * mib, 5219, 1000000, "not enough free space in \"/backups\"; want 5220MiB, have 5219MiB"},
      // A large backup: a fifth of it.
      {100000 * mib, 120000, 1000000, ""},
      {100000 * mib, 119999, 1000000, "not enough free space in \"/backups\"; want 120000MiB, have 119999MiB"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.message);
    const auto error = test::error_of([&] {
      jujubackup::machine::check_space("/backups", c.needed_bytes, Space{c.free_mib * mib, c.total_mib * mib});
    });
    CHECK((error ? error->message() : "") == c.message);
    if (error) CHECK(error->code() == jujubackup::ErrorCode::no_space);
  }
}
