// Prints the backups of a store: ID, size, when it was verified.
//
//   list_backups [URL]
#include <cstdio>
#include <string>

#include <jujubackup/error.hpp>
#include <jujubackup/store.hpp>

int main(int argc, char** argv) {
  try {
    auto store = jujubackup::BackupStore::open(argc > 1 ? argv[1] : jujubackup::default_store_url());
    const jujubackup::Listing listing = store.list();
    for (const jujubackup::BackupRecord& record : listing.backups) {
      const std::string verified = record.verified.is_zero() ? "never verified" : "verified " + record.verified.rfc3339();
      std::printf("%s  %llu bytes  %s\n", record.id.c_str(), static_cast<unsigned long long>(record.size_bytes), verified.c_str());
    }
    for (const std::string& problem : listing.problems) std::fprintf(stderr, "%s\n", problem.c_str());
    return 0;
  } catch (const jujubackup::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
