// Running mongodump, its password never on the command line.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <jujubackup/machine.hpp>

#include "io/walk.hpp"

namespace jujubackup::machine {

// What mongodump wrote; removed at the end.
class StagedDump {
 public:
  // `root` is the machine's.
  StagedDump(const std::string& root, const std::string& work_dir);
  StagedDump(const StagedDump&) = delete;
  StagedDump& operator=(const StagedDump&) = delete;
  ~StagedDump();

  // Where mongodump is told to write.
  std::string out_dir() const { return stage_.path() + "/dump"; }
  // Where the dump is: a mongodump out of the juju-db snap has a /tmp of its own.
  std::string path() const;

 private:
  // Where stage_ would be for the snap; the ones that may be trusted.
  std::vector<std::string> snap_stages() const;

  std::string root_;
  TempDirectory stage_;
};

// What `program` needs to know of the place's certificates, and of the mongod beside it.
MongodumpTls tls_of(const ControllerPlace& place, const std::string& program);

// Where a dump is staged: `work_dir`, else $TMPDIR, else /tmp.
std::string staging_dir(const MongodumpOptions& options);

// Error(program) `error dumping databases: ...` if it fails, Error(invalid_argument) `too few files in dump dir (N)`.
std::unique_ptr<StagedDump> run_mongodump(const ControllerPlace& place, const MongodumpOptions& options, const JujuVersion& version,
                                          const AgentConf& conf, Job* job);

}  // namespace jujubackup::machine
