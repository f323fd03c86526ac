// Backup and restore of a client directory, for client_tar.sh. The environment says which directory.
//
//   client-tool backup FILE | verify FILE | show FILE | restore FILE
#include <cstdio>
#include <exception>
#include <string>

#include <jujubackup/client_backup.hpp>

namespace jjb = jujubackup;

int main(int argc, char** argv) {
  try {
    if (argc != 3) return 2;
    const std::string verb = argv[1];
    const std::string file = argv[2];
    if (verb == "backup") {
      jjb::MemorySink sink(std::size_t{64} << 20);
      jjb::backup_client({}, sink);
      jjb::save_file(*jjb::source_of_memory(sink.bytes(), "memory"), file, true);
    } else if (verb == "verify") {
      const jjb::VerifyReport report = jjb::verify_client_backup(*jjb::open_file(file));
      std::fputs(jjb::to_text(report).c_str(), stdout);
      return report.verdict() == jjb::Verdict::ok ? 0 : 1;
    } else if (verb == "show") {
      std::fputs(jjb::to_json(jjb::show_client_backup(*jjb::open_file(file))).c_str(), stdout);
    } else if (verb == "restore") {
      jjb::restore_client(*jjb::open_file(file), {});
    } else {
      return 2;
    }
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
