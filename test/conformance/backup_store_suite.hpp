// What every store of backups must do (store.hpp), whatever keeps them, as tests that any can be run through.
//
// For writers of stores: needs the public headers and doctest (2.4). Call check_backup_store from a test case of your own.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <jujubackup/store.hpp>

namespace conformance {

// An empty place of the test's own; taken down when it is destroyed.
class BackupPlace {
 public:
  virtual ~BackupPlace() = default;
  // A store on this place. Called more than once only if BackupSubject::shared_places says so.
  virtual jujubackup::BackupStore open() = 0;
};

struct BackupSubject {
  std::string name;
  std::function<std::unique_ptr<BackupPlace>()> make_place;
  // Several stores can work on one place.
  bool shared_places = true;
  // AddOptions::accept_bad gets bad archives in; otherwise the place itself looks at them, and refuses them with some Error.
  bool takes_bad_archives = true;
  // Encrypted backups may be kept here; otherwise adding or making one has to be Error(unsupported).
  bool takes_encrypted = true;
  // False for the controllers that keep no backups: then each verb has to be Error(unsupported), and what it says is printed.
  bool keeps_backups = true;
};

void check_backup_store(const BackupSubject& subject);

}  // namespace conformance
