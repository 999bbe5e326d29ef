/** The preset that does what Android's MediaProvider does. */

export const androidMedia = `# Mirrors Android's MediaProvider: what needs no redaction passes through; photos and videos are served to apps without
# the places they were taken at. Apps that hold ACCESS_MEDIA_LOCATION see the plain files once they are named: extend
# this preset and give the set "location" their app ids.
version: 1
name: android-media
default: passthrough

sets:
  paths:
    # Folders of single apps, which MediaProvider does not serve either.
    app-folders: ['Android/data/**', 'Android/obb/**']
  extensions:
    photos: [jpg, jpeg, jpe, heic, heif, avif, png, webp, dng, arw, cr2, cr3, nef, nrw, orf, raf, rw2, pef, srw]
    videos: [mp4, m4v, mov, qt, 3gp, 3gpp, 3g2, 3gpp2]
    media: [$photos, $videos]
  uids:
    # Apps that may know places, in every user: the app ids (uid % 100000) of those with ACCESS_MEDIA_LOCATION.
    location: []

rules:
  - id: app-folders
    match: { path: $app-folders }
    action: passthrough
    why: belongs to one app

  - id: may-know-places
    match:
      extension: $media
      caller: { app: $location }
    action: passthrough
    why: the caller may know places

  - id: places
    match:
      extension: $media
      type: file
      # Apps have these in every user. What is below is the system's own: root, shell, the media server.
      caller: { app: 10000-19999 }
    action: redact
    why: may hold the place it was taken at
`;
