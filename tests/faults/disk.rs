//! Small disks under the folders of one installation, which can be filled: tmpfs in a mount namespace of this
//! thread and of the processes that it starts, so that nothing stays mounted whatever happens.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sched::{CloneFlags, unshare};

const MEGABYTE: usize = 1 << 20;

/// A folder on a disk of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disk {
    Data,
    Postgres,
    Nats,
}

/// The disks of an installation, if this process may mount any.
#[derive(Debug)]
pub struct Disks {
    data: PathBuf,
    /// Why there are none.
    pub refusal: Option<String>,
}

impl Disks {
    /// Mounts them below a data folder that does not exist yet. To be called before any thread or process is
    /// started that shall see them.
    pub fn mount(data: &Path) -> Self {
        let refusal = try_mount(data).err().map(|errno| format!("this process may not mount: {errno}"));
        Self { data: data.to_owned(), refusal }
    }

    fn folder(&self, disk: Disk) -> PathBuf {
        match disk {
            Disk::Data => self.data.clone(),
            Disk::Postgres => self.data.join("postgres"),
            Disk::Nats => self.data.join("nats"),
        }
    }

    fn ballast(&self, disk: Disk) -> PathBuf {
        self.folder(disk).join("ballast")
    }

    /// Leaves no byte of it.
    pub fn fill(&self, disk: Disk) {
        let mut file = File::create(self.ballast(disk)).unwrap();
        for size in [MEGABYTE, 4096, 1] {
            let zeros = vec![0; size];
            while file.write_all(&zeros).is_ok() {}
        }
    }

    /// Gives the space back, on all of them.
    pub fn empty(&self) {
        for disk in [Disk::Data, Disk::Postgres, Disk::Nats] {
            // What is not there was not filled.
            let _ = std::fs::remove_file(self.ballast(disk));
        }
    }
}

impl Drop for Disks {
    fn drop(&mut self) {
        for disk in [Disk::Nats, Disk::Postgres, Disk::Data] {
            // What was not mounted need not be taken off; what is left goes with the namespace.
            let _ = umount2(&self.folder(disk), MntFlags::MNT_DETACH);
        }
    }
}

fn try_mount(data: &Path) -> nix::Result<()> {
    unshare(CloneFlags::CLONE_NEWNS)?;
    let none: Option<&str> = None;
    mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none)?;
    for (folder, options) in [
        (data.to_owned(), "size=48m,mode=0711"),
        (data.join("postgres"), "size=400m,mode=0700"),
        (data.join("nats"), "size=96m,mode=0700"),
    ] {
        std::fs::create_dir_all(&folder).map_err(|_| nix::errno::Errno::EIO)?;
        mount(Some("tmpfs"), &folder, Some("tmpfs"), MsFlags::empty(), Some(options))?;
    }
    Ok(())
}
