// What a restore would do, decided before it does anything.
#pragma once

#include <map>
#include <string>

#include <jujubackup/client_backup.hpp>

#include "client/backup_archive.hpp"

namespace jujubackup::client {

struct RestoreTarget {
  std::string given;  // as Juju names it, which its lock depends on
  std::string live;   // where the directory is or will be: links at the end of the path followed
  std::string jar;    // the cookie jar outside of it; "": nobody knows where
};
RestoreTarget restore_target(const std::string& directory);

struct RestorePlan {
  ClientRestorePlan shown;
  // What comes from the backup, by its path in the directory; everything else that is there is copied over.
  std::map<std::string, ClientAction> taken;
  std::map<std::string, std::string> texts;  // of files whose content does not come from the archive as it is
  bool takes_jar = false;

  // Whether what is there now goes into the new directory.
  bool carries(const std::string& path) const;
};

// Missing directories are added to `content`. Error(not_found) for controllers that the backup does not have, Error(corrupt) for files
// that cannot be merged.
RestorePlan plan_restore(ArchiveContent& content, const RestoreTarget& target, const ClientRestoreOptions& options);

}  // namespace jujubackup::client
