// A restore of a client directory that is killed, or whose disk fails, at each of its steps: the directory is the old one or the new one,
// and the next run says which and can go on or back.
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <functional>

#include <jujubackup/client_backup.hpp>

#include "client_tree.hpp"
#include "step_nth.h"

using jujubackup::ClientRestoreOptions;
using jujubackup::ClientRestoreState;
using jujubackup::find_unfinished_restore;

namespace {

constexpr long too_many = 5000;

// A home folder with an old directory, an archive of a new one, and how both look.
struct Scene {
  explicit Scene(bool with_old) : old_there(with_old) {
    home.fill();
    test::write_private(home / ".go-cookies", "[\"new\"]");
    archive = test::back_up();
    new_look = look();
    std::filesystem::remove_all(home.juju());
    std::filesystem::remove(home / ".go-cookies");
    if (with_old) make_old();
    old_look = look();
  }

  void make_old() const {
    test::write_private(home.juju("controllers.yaml"), test::controllers_yaml("1.2.3.4:17070"));
    test::write_private(home.juju("accounts.yaml"), "controllers: {}\n");
    test::write_private(home / ".go-cookies", "[\"old\"]");
    std::filesystem::permissions(home.juju(), std::filesystem::perms::owner_all);
  }
  // The directory and the jar, without names of the restore beside them.
  std::string look() const {
    std::string text = std::filesystem::exists(home.juju()) ? test::look_of(home.juju(), false) : "none\n";
    return text + "jar " + (std::filesystem::exists(home / ".go-cookies") ? test::read_file(home / ".go-cookies") : "none");
  }
  std::string directory_look() const { return look().substr(0, look().rfind("jar ")); }
  static std::string directory_of(const std::string& look) { return look.substr(0, look.rfind("jar ")); }
  // Whether nothing but the directory lies in its place.
  bool is_tidy() const {
    std::size_t count = 0;
    for (const std::string& place : {home / ".local/share", home.path()}) {
      if (!std::filesystem::exists(place)) continue;
      for (const auto& entry : std::filesystem::directory_iterator(place)) {
        const std::string name = entry.path().filename().string();
        if (name != "juju" && name != ".go-cookies" && name != ".local") ++count;
      }
    }
    return count == 0;
  }
  void restore() const {
    ClientRestoreOptions options;
    options.force = true;
    jujubackup::restore_client(*test::source_of(archive), options);
  }

  test::Home home;
  bool old_there;
  std::string archive, old_look, new_look;
};

// In a child that is killed at its n-th step. Returns false if it got to its end.
bool killed(long n, const std::function<void()>& act) {
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    step_nth_arm(STEP_NTH_KILL, n, 0);
    int code = 0;
    try {
      act();
    } catch (const std::exception& error) {
      std::fprintf(stderr, "child: %s\n", error.what());
      code = 1;
    }
    step_nth_disarm();
    ::_exit(code);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  if (WIFSIGNALED(status)) {
    REQUIRE(WTERMSIG(status) == SIGKILL);
    return true;
  }
  REQUIRE(WEXITSTATUS(status) == 0);
  return false;
}

// What a person finds after a crash, and that it is what find_unfinished_restore says. `without` allows the moment between two renames.
void check_found(const Scene& scene, bool without) {
  const std::string seen = scene.directory_look();
  const std::string before = Scene::directory_of(scene.old_look);
  const std::string after = Scene::directory_of(scene.new_look);
  const auto found = find_unfinished_restore("");
  CAPTURE(seen);
  if (!found) {
    CHECK((seen == before || seen == after));
    return;
  }
  CAPTURE(found->text);
  CHECK_FALSE(found->text.empty());
  CHECK(found->state != ClientRestoreState::changed);
  CHECK((found->can_finish || found->can_undo));
  if (without && scene.old_there && seen == "none\n") {
    // Not with an exchange: in one step the old is gone and the new not yet there.
    CHECK((found->state == ClientRestoreState::stopped || found->state == ClientRestoreState::undoing));
    CHECK_FALSE(found->kept.empty());
    return;
  }
  CHECK(seen == (found->new_in_place ? after : before));
  if (found->state == ClientRestoreState::staged) CHECK_FALSE(found->new_in_place);
  if (found->state == ClientRestoreState::restored || found->state == ClientRestoreState::committing) {
    CHECK(found->new_in_place);
    CHECK(scene.look() == scene.new_look);
  }
}

enum class Ending { undo, commit, finish_and_undo };

// Ends what was interrupted, one way or the other.
void end(const Scene& scene, Ending ending) {
  auto found = find_unfinished_restore("");
  if (!found) return;
  if (ending == Ending::undo && found->can_undo) {
    jujubackup::undo_client_restore("");
    CHECK(scene.look() == scene.old_look);
  } else if (ending == Ending::finish_and_undo && found->can_finish && found->can_undo) {
    jujubackup::finish_client_restore("");
    CHECK(scene.look() == scene.new_look);
    CHECK(find_unfinished_restore("")->state == ClientRestoreState::restored);
    jujubackup::undo_client_restore("");
    CHECK(scene.look() == scene.old_look);
  } else if (found->can_finish) {
    jujubackup::commit_client_restore("");
    CHECK(scene.look() == scene.new_look);
  } else {
    CHECK(test::error_of([] { jujubackup::commit_client_restore(""); }));
    jujubackup::undo_client_restore("");
    CHECK(scene.look() == scene.old_look);
  }
  CHECK_FALSE(find_unfinished_restore(""));
  CHECK(scene.is_tidy());
}

struct Kind {
  bool with_old;
  bool without_renameat2;
  Ending ending;
};
constexpr std::array<Kind, 8> kinds = {{
    {true, false, Ending::undo},
    {true, false, Ending::commit},
    {true, false, Ending::finish_and_undo},
    {true, true, Ending::undo},
    {true, true, Ending::commit},
    {true, true, Ending::finish_and_undo},
    {false, false, Ending::undo},
    {false, true, Ending::commit},
}};

}  // namespace

TEST_CASE("killed at each step of a restore") {
  for (const Kind& kind : kinds) {
    step_nth_without_renameat2(kind.without_renameat2 ? 1 : 0);
    int with_old_in_place = 0;
    int with_new_in_place = 0;
    for (long n = 1;; ++n) {
      REQUIRE(n < too_many);
      const Scene scene(kind.with_old);
      const bool was_killed = killed(n, [&] { scene.restore(); });
      INFO("step " << n << ", old " << kind.with_old << ", without renameat2 " << kind.without_renameat2);
      check_found(scene, kind.without_renameat2);
      const auto found = find_unfinished_restore("");
      if (found) ++(found->new_in_place ? with_new_in_place : with_old_in_place);
      end(scene, kind.ending);
      if (!was_killed) break;
    }
    CHECK(with_old_in_place > 10);
    if (kind.with_old) CHECK(with_new_in_place > 2);
  }
  step_nth_without_renameat2(0);
}

TEST_CASE("killed at each step of an undo or a commit, which are then done again") {
  for (const Kind& kind : kinds) {
    if (!kind.with_old || kind.ending == Ending::finish_and_undo) continue;
    step_nth_without_renameat2(kind.without_renameat2 ? 1 : 0);
    for (long n = 1;; ++n) {
      REQUIRE(n < too_many);
      const Scene scene(true);
      scene.restore();
      REQUIRE(scene.look() == scene.new_look);
      const bool was_killed = killed(n, [&] {
        if (kind.ending == Ending::undo) jujubackup::undo_client_restore("");
        if (kind.ending == Ending::commit) jujubackup::commit_client_restore("");
      });
      INFO("step " << n << ", without renameat2 " << kind.without_renameat2);
      check_found(scene, kind.without_renameat2);
      if (!was_killed) CHECK_FALSE(find_unfinished_restore(""));
      end(scene, kind.ending);
      CHECK(scene.look() == (kind.ending == Ending::undo ? scene.old_look : scene.new_look));
      if (!was_killed) break;
    }
  }
  step_nth_without_renameat2(0);
}

TEST_CASE("each step of a restore fails once, or it and all after it") {
  for (const bool without : {false, true}) {
    for (const bool sticky : {false, true}) {
      for (const bool with_old : {true, false}) {
        step_nth_without_renameat2(without ? 1 : 0);
        int undone = 0;
        for (long n = 1;; ++n) {
          REQUIRE(n < too_many);
          const Scene scene(with_old);
          step_nth_arm(sticky ? STEP_NTH_STICKY : STEP_NTH_FAIL, n, EIO);
          const auto error = test::error_of([&] { scene.restore(); });
          step_nth_disarm();
          const std::string name = step_nth_name();
          INFO("step " << n << " (" << name << ") fails, sticky " << sticky << ", old " << with_old << ", without renameat2 " << without);
          check_found(scene, without);
          if (error && !sticky) {
            // Undone by the same process, unless the undoing of the leftovers was what failed.
            CHECK(scene.look() == scene.old_look);
            ++undone;
          }
          if (!error) CHECK(scene.look() == scene.new_look);
          if (error) CHECK(error->system_error() == EIO);
          end(scene, error ? Ending::undo : Ending::commit);
          if (error) CHECK(scene.look() == scene.old_look);
          if (name.empty()) break;
        }
        if (!sticky) CHECK(undone > 10);
      }
    }
  }
  step_nth_without_renameat2(0);
}
