#include "target.hpp"

#include <sys/stat.h>

#include <cstdlib>
#include <utility>

#include <jujubackup/error.hpp>

#include "document.hpp"

namespace cli {

jujubackup::BackupStore open_store(const Arguments& arguments) {
  if (arguments.has("store")) return jujubackup::BackupStore::open(arguments.get("store"));
  const char* from_environment = std::getenv("JUJUBACKUP_STORE");
  if (from_environment != nullptr && *from_environment != '\0') return jujubackup::BackupStore::open(from_environment);
  return jujubackup::BackupStore::open(jujubackup::default_store_url());
}

bool is_path(const std::string& target) {
  if (target.find('/') != std::string::npos) return true;
  struct stat info {};
  return ::stat(target.c_str(), &info) == 0 && !S_ISDIR(info.st_mode);
}

jujubackup::BackupRecord show_record(jujubackup::BackupStore& store, const std::string& id, jujubackup::Job& job) {
  try {
    return store.show(id, &job);
  } catch (const jujubackup::Error& error) {
    if (error.code() != jujubackup::ErrorCode::not_found) throw;
    throw jujubackup::Error(error.code(), "backup metadata " + quoted(id) + " not found (neither an ID in the store " +
                                              printable(store.url()) + " nor a file of that name)");
  }
}

std::unique_ptr<jujubackup::Source> open_target(const Arguments& arguments, const std::string& target, jujubackup::Job& job) {
  if (is_path(target)) return jujubackup::open_file(target);
  jujubackup::BackupStore store = open_store(arguments);
  return store.open_archive(show_record(store, target, job).id);
}

jujubackup::Archive open_archive(const Arguments& arguments, const std::string& target, jujubackup::Job& job) {
  return jujubackup::Archive::open(open_target(arguments, target, job));
}

}  // namespace cli
