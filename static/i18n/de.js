'use strict';
{
  const globals = this;
  const django = globals.django || (globals.django = {});

  
  django.pluralidx = function(n) {
    const v = (n != 1);
    if (typeof v === 'boolean') {
      return v ? 1 : 0;
    } else {
      return v;
    }
  };
  

  /* gettext library */

  django.catalog = django.catalog || {};
  
  const newcatalog = {
    "%(checkpoint)s does not know: %(words)s": "%(checkpoint)s kennt nicht: %(words)s",
    "%(count)s image": [
      "%(count)s Bild",
      "%(count)s Bilder"
    ],
    "%(count)s image is ready": [
      "%(count)s Bild ist fertig",
      "%(count)s Bilder sind fertig"
    ],
    "%(count)s image moved to trash": [
      "%(count)s Bild in den Papierkorb gelegt",
      "%(count)s Bilder in den Papierkorb gelegt"
    ],
    "%(count)s job queued on this site": [
      "%(count)s Auftrag wartet auf dieser Website",
      "%(count)s Auftr\u00e4ge warten auf dieser Website"
    ],
    "%(count)s queued": [
      "%(count)s wartet",
      "%(count)s warten"
    ],
    "%(count)s running": [
      "%(count)s l\u00e4uft",
      "%(count)s laufen"
    ],
    "%(count)s step": [
      "%(count)s Schritt",
      "%(count)s Schritte"
    ],
    "%(count)s suggestion, arrow keys choose": [
      "%(count)s Vorschlag, Pfeiltasten w\u00e4hlen",
      "%(count)s Vorschl\u00e4ge, Pfeiltasten w\u00e4hlen"
    ],
    "%(count)s yours": [
      "%(count)s eigener",
      "%(count)s eigene"
    ],
    "%(done)s of %(total)s files": "%(done)s von %(total)s Dateien",
    "%(kept)s of %(images)s kept": "%(kept)s von %(images)s behalten",
    "%(keys)s belongs to the browser. Choose others.": "%(keys)s geh\u00f6rt dem Browser. W\u00e4hlen Sie andere.",
    "%(keys)s is taken by \u201c%(name)s\u201d. Change that first, or choose others.": "%(keys)s ist von \u201e%(name)s\u201c belegt. \u00c4ndere das zuerst, oder w\u00e4hle andere.",
    "%(n)s day": [
      "%(n)s Tag",
      "%(n)s Tage"
    ],
    "%(n)s day left": [
      "noch %(n)s Tag",
      "noch %(n)s Tage"
    ],
    "%(n)s image": [
      "%(n)s Bild",
      "%(n)s Bilder"
    ],
    "%(n)s image added": [
      "%(n)s Bild hinzugef\u00fcgt",
      "%(n)s Bilder hinzugef\u00fcgt"
    ],
    "%(n)s image added to favourites": [
      "%(n)s Bild zu den Favoriten hinzugef\u00fcgt",
      "%(n)s Bilder zu den Favoriten hinzugef\u00fcgt"
    ],
    "%(n)s image added to \u201c%(value)s\u201d": [
      "%(n)s Bild zu \u201e%(value)s\u201c hinzugef\u00fcgt",
      "%(n)s Bilder zu \u201e%(value)s\u201c hinzugef\u00fcgt"
    ],
    "%(n)s image approved": [
      "%(n)s Bild freigegeben",
      "%(n)s Bilder freigegeben"
    ],
    "%(n)s image deleted": [
      "%(n)s Bild gel\u00f6scht",
      "%(n)s Bilder gel\u00f6scht"
    ],
    "%(n)s image deleted for good": [
      "%(n)s Bild endg\u00fcltig gel\u00f6scht",
      "%(n)s Bilder endg\u00fcltig gel\u00f6scht"
    ],
    "%(n)s image is blurred for others now": [
      "%(n)s Bild ist f\u00fcr andere nun unscharf",
      "%(n)s Bilder sind f\u00fcr andere nun unscharf"
    ],
    "%(n)s image is private now": [
      "%(n)s Bild ist jetzt privat",
      "%(n)s Bilder sind jetzt privat"
    ],
    "%(n)s image is shared now": [
      "%(n)s Bild ist jetzt geteilt",
      "%(n)s Bilder sind jetzt geteilt"
    ],
    "%(n)s image moved to trash": [
      "%(n)s Bild in den Papierkorb gelegt",
      "%(n)s Bilder in den Papierkorb gelegt"
    ],
    "%(n)s image put under review": [
      "%(n)s Bild zur Pr\u00fcfung zur\u00fcckgehalten",
      "%(n)s Bilder zur Pr\u00fcfung zur\u00fcckgehalten"
    ],
    "%(n)s image rated": [
      "%(n)s Bild bewertet",
      "%(n)s Bilder bewertet"
    ],
    "%(n)s image removed from favourites": [
      "%(n)s Bild aus den Favoriten entfernt",
      "%(n)s Bilder aus den Favoriten entfernt"
    ],
    "%(n)s image removed from the collection": [
      "%(n)s Bild aus der Sammlung entfernt",
      "%(n)s Bilder aus der Sammlung entfernt"
    ],
    "%(n)s image restored": [
      "%(n)s Bild wiederhergestellt",
      "%(n)s Bilder wiederhergestellt"
    ],
    "%(n)s image tagged": [
      "%(n)s Bild verschlagwortet",
      "%(n)s Bilder verschlagwortet"
    ],
    "%(n)s not added": [
      "%(n)s nicht hinzugef\u00fcgt",
      "%(n)s nicht hinzugef\u00fcgt"
    ],
    "%(n)s result": [
      "%(n)s Ergebnis",
      "%(n)s Ergebnisse"
    ],
    "%(n)s selected": [
      "%(n)s ausgew\u00e4hlt",
      "%(n)s ausgew\u00e4hlt"
    ],
    "%(n)s star": [
      "%(n)s Stern",
      "%(n)s Sterne"
    ],
    "%(n)s was not added: it is not yours, or in the trash": [
      "%(n)s wurde nicht hinzugef\u00fcgt: Es geh\u00f6rt Ihnen nicht oder ist im Papierkorb",
      "%(n)s wurden nicht hinzugef\u00fcgt: Sie geh\u00f6ren Ihnen nicht oder sind im Papierkorb"
    ],
    "%(n)s was there already": [
      "%(n)s war schon da",
      "%(n)s waren schon da"
    ],
    "%(n)s+ results, the newest; set \u201cUntil\u201d to see older ones": "%(n)s+ Ergebnisse, die neuesten; \u00e4ltere finden Sie mit einem Datum bei \u201eBis\u201c",
    "%(name)s has %(megabytes)s MB. An image file may have at most %(most)s MB.": "%(name)s hat %(megabytes)s MB. Eine Bilddatei darf h\u00f6chstens %(most)s MB haben.",
    "%(name)s is empty.": "%(name)s ist leer.",
    "%(name)s is no member any more": "%(name)s ist kein Mitglied mehr",
    "%(name)s is not an image that this browser can read.": "%(name)s ist kein Bild, das dieser Browser lesen kann.",
    "%(name)s may add images": "%(name)s darf Bilder hinzuf\u00fcgen",
    "%(number)s result": [
      "%(number)s Ergebnis",
      "%(number)s Ergebnisse"
    ],
    "%(percent)s %% of today\u2019s GPU time": "%(percent)s %% der heutigen GPU-Zeit",
    "%(pixels)s pixels": "%(pixels)s Pixel",
    "%(place)s of %(count)s": "%(place)s von %(count)s",
    "%(place)s of %(total)s": "%(place)s von %(total)s",
    "%(queued)s of %(most)s jobs queued": "%(queued)s von %(most)s Auftr\u00e4gen in der Warteschlange",
    "%(share)s percent before": "%(share)s Prozent vorher",
    "%(share)s percent of the first image": "%(share)s Prozent vom ersten Bild",
    "%(span)s of GPU time left today": "heute noch %(span)s GPU-Zeit",
    "%(stars)s of 5": "%(stars)s von 5",
    "%(time)s left": "noch %(time)s",
    "%(x)s from the left, %(y)s from the top": "%(x)s von links, %(y)s von oben",
    "1 day": "1 Tag",
    "1 year": "1 Jahr",
    "30 days": "30 Tage",
    "7 days": "7 Tage",
    "A side can grow by at most %(pixels)s pixels at once.": "Eine Seite kann auf einmal um h\u00f6chstens %(pixels)s Pixel wachsen.",
    "About it and its owner": "\u00dcber Bild und Besitzer",
    "About this image": "\u00dcber dieses Bild",
    "Action": "Aktion",
    "Actions": "Aktionen",
    "Add": "Hinzuf\u00fcgen",
    "Add tags": "Schlagw\u00f6rter hinzuf\u00fcgen",
    "Add to collection": "Zu Sammlung hinzuf\u00fcgen",
    "Add to collection\u2026": "Zu Sammlung hinzuf\u00fcgen\u2026",
    "Address of the link": "Adresse des Links",
    "All %(count)s": "Alle %(count)s",
    "Alt": "Alt",
    "Approve": "Freigeben",
    "Arrange": "Anordnen",
    "At most %(most)s images can be selected one by one; select all of a search instead.": "H\u00f6chstens %(most)s Bilder k\u00f6nnen einzeln ausgew\u00e4hlt werden; w\u00e4hlen Sie stattdessen alle einer Suche aus.",
    "At the start of the prompt: earlier prompts": "Am Anfang des Prompts: fr\u00fchere Prompts",
    "Backspace": "R\u00fccktaste",
    "Blink": "Blinken",
    "Blink by itself": "Von selbst blinken",
    "Blur %(n)s image for others": [
      "%(n)s Bild f\u00fcr andere unscharf machen",
      "%(n)s Bilder f\u00fcr andere unscharf machen"
    ],
    "Blur for others": "F\u00fcr andere unscharf machen",
    "Cancel": "Abbrechen",
    "Cancel all": "Alle abbrechen",
    "Cancel all? Press again": "Alle abbrechen? Noch einmal dr\u00fccken",
    "Cancel image %(number)s": "Bild %(number)s abbrechen",
    "Cancel the running job": "Laufenden Auftrag abbrechen",
    "Cancelled": "Abgebrochen",
    "Cancelled.": "Abgebrochen.",
    "Change shortcuts": "Tastenk\u00fcrzel \u00e4ndern",
    "Change the keys of \u201c%(name)s\u201d": "Tasten von \u201e%(name)s\u201c \u00e4ndern",
    "Checkpoint, size and number of images are in the settings. What is seldom needed stands under Advanced.": "Checkpoint, Gr\u00f6\u00dfe und Anzahl der Bilder stehen in den Einstellungen. Was man selten braucht, steht unter Erweitert.",
    "Clear selection": "Auswahl aufheben",
    "Close": "Schlie\u00dfen",
    "Close (Esc)": "Schlie\u00dfen (Esc)",
    "Close the stack": "Stapel schlie\u00dfen",
    "Collection": "Sammlung",
    "Collection, new or existing": "Sammlung, neu oder vorhanden",
    "Commands": "Befehle",
    "Compare": "Vergleichen",
    "Compare the selected images": "Die ausgew\u00e4hlten Bilder vergleichen",
    "Compare with related images": "Mit verwandten Bildern vergleichen",
    "Comparison": "Vergleich",
    "Connection lost. Reconnecting\u2026": "Verbindung verloren. Neuer Versuch \u2026",
    "Connection lost. Reconnecting\u2026 Your jobs continue.": "Verbindung verloren. Neuer Versuch\u2026 Ihre Auftr\u00e4ge laufen weiter.",
    "Copied": "Kopiert",
    "Copy": "Kopieren",
    "Copy prompt": "Prompt kopieren",
    "Copyright or trademark": "Urheberrecht oder Marke",
    "Ctrl": "Strg",
    "Custom": "Eigene",
    "Date": "Datum",
    "Del": "Entf",
    "Delete": "L\u00f6schen",
    "Delete %(n)s image": [
      "%(n)s Bild l\u00f6schen",
      "%(n)s Bilder l\u00f6schen"
    ],
    "Delete %(n)s image for good?": [
      "%(n)s Bild endg\u00fcltig l\u00f6schen?",
      "%(n)s Bilder endg\u00fcltig l\u00f6schen?"
    ],
    "Delete %(n)s upload?": [
      "%(n)s Upload l\u00f6schen?",
      "%(n)s Uploads l\u00f6schen?"
    ],
    "Delete for good": "Endg\u00fcltig l\u00f6schen",
    "Delete this upload?": "Diesen Upload l\u00f6schen?",
    "Describe an image and press Generate. While you write, words are completed; < offers LoRAs, @ styles.": "Beschreibe ein Bild und dr\u00fccke Erzeugen. Beim Schreiben werden W\u00f6rter erg\u00e4nzt; < bietet LoRAs an, @ Stile.",
    "Deselect": "Abw\u00e4hlen",
    "Dismiss": "Schlie\u00dfen",
    "Done": "Fertig",
    "Download": "Herunterladen",
    "Download zip": "Zip herunterladen",
    "Drag the images into an order. With the keyboard, arrows walk and Alt with an arrow moves.": "Ziehen Sie die Bilder in eine Reihenfolge. Mit der Tastatur: Pfeile gehen weiter, Alt mit einem Pfeil verschiebt.",
    "Draw over the part to keep, or type its numbers; now all of the image is chosen.": "Ziehen Sie den Teil auf, der bleiben soll, oder geben Sie seine Zahlen ein; jetzt ist das ganze Bild gew\u00e4hlt.",
    "Edit": "Bearbeiten",
    "Edit by instruction": "Bearbeitung nach Anweisung",
    "Edit this image": "Dieses Bild bearbeiten",
    "Embedding": "Embedding",
    "Enhance the prompt": "Prompt ausarbeiten",
    "Enter": "Enter",
    "Esc": "Esc",
    "Everyone": "Alle",
    "Everywhere": "\u00dcberall",
    "Expires after": "L\u00e4uft ab nach",
    "Extend at the bottom": "Unten erweitern",
    "Extend at the left": "Links erweitern",
    "Extend at the right": "Rechts erweitern",
    "Extend at the top": "Oben erweitern",
    "Failed": "Fehlgeschlagen",
    "Favourite": "Favorit",
    "Files that were not imported": "Dateien, die nicht importiert wurden",
    "Find a command, page, collection, preset or style": "Befehl, Seite, Sammlung, Voreinstellung oder Stil suchen",
    "Find similar": "\u00c4hnliche suchen",
    "Finished images stay here and in your library.": "Fertige Bilder bleiben hier und in Ihrer Bibliothek.",
    "Finished images stay here and in your library. %(commands)s finds every command, %(shortcuts)s shows all shortcuts.": "Fertige Bilder bleiben hier und in Ihrer Bibliothek. %(commands)s findet jeden Befehl, %(shortcuts)s zeigt alle Tastenk\u00fcrzel.",
    "Fit or actual size": "Einpassen oder Originalgr\u00f6\u00dfe",
    "Fit or actual size (Z)": "Einpassen oder tats\u00e4chliche Gr\u00f6\u00dfe (Z)",
    "Fit, or actual size": "Einpassen, oder tats\u00e4chliche Gr\u00f6\u00dfe",
    "For good": "F\u00fcr immer",
    "For how long": "F\u00fcr wie lange",
    "Full screen": "Vollbild",
    "Generate": "Erzeugen",
    "Generate %(count)s": "%(count)s erzeugen",
    "Generate again": "Noch einmal erzeugen",
    "Generate exactly": "Exakt erzeugen",
    "Generate forever": "Endlos erzeugen",
    "Generating it again\u2026": "Wird noch einmal erzeugt\u2026",
    "Getting ready": "Wird vorbereitet",
    "Go from image to image": "Von Bild zu Bild gehen",
    "Go to Explore": "Zu \u201eEntdecken\u201c",
    "Go to the collections": "Zu den Sammlungen",
    "Go to the library": "Zur Bibliothek",
    "Go to the prompt": "Zum Prompt",
    "Go to the studio": "Zum Studio",
    "Go to the trash": "Zum Papierkorb",
    "Go to the uploads": "Zu den Uploads",
    "Grid of images": "Bilderraster",
    "Hate or harassment": "Hass oder Bel\u00e4stigung",
    "Hints": "Hinweise",
    "Image": "Bild",
    "Image %(letter)s": "Bild %(letter)s",
    "Image %(number)s: %(prompt)s": "Bild %(number)s: %(prompt)s",
    "Image %(place)s of %(all)s": "Bild %(place)s von %(all)s",
    "Image to image": "Bild zu Bild",
    "Image without a prompt": "Bild ohne Prompt",
    "Images in their order": "Bilder in ihrer Reihenfolge",
    "Images of this list": "Bilder dieser Liste",
    "In the queue": "In der Warteschlange",
    "In your own words, for the owner": "In eigenen Worten, f\u00fcr den Besitzer",
    "Inpaint": "Inpainting",
    "Inspire me": "Inspiration",
    "It can be edited in place of the one that is open, whose mask is kept, or be the mask.": "Es kann statt des offenen Bildes bearbeitet werden, dessen Maske erhalten bleibt, oder die Maske sein.",
    "It has %(size)s MB; an image may have %(most)s MB.": "Sie hat %(size)s MB; ein Bild darf %(most)s MB haben.",
    "It was there already.": "Sie war schon da.",
    "Job: %(prompt)s": "Auftrag: %(prompt)s",
    "Keep a seed": "Einen Seed behalten",
    "Keep mine": "Meine behalten",
    "Keep prompt and settings to myself": "Prompt und Einstellungen f\u00fcr mich behalten",
    "Keep the last seed": "Letzten Seed behalten",
    "Keyboard shortcuts": "Tastenk\u00fcrzel",
    "Last seed: %(seed)s": "Letzter Seed: %(seed)s",
    "Leave": "Verlassen",
    "Leave \u201c%(name)s\u201d?": "\u201e%(name)s\u201c verlassen?",
    "Like": "Gef\u00e4llt mir",
    "Line between the images": "Linie zwischen den Bildern",
    "Link copied": "Link kopiert",
    "Links": "Links",
    "Load \u201c%(name)s\u201d": "\u201e%(name)s\u201c laden",
    "Lock the seed": "Seed festhalten",
    "Make %(n)s image private": [
      "%(n)s Bild privat machen",
      "%(n)s Bilder privat machen"
    ],
    "Make a link": "Link erstellen",
    "Make private": "Privat machen",
    "Members": "Mitglieder",
    "Moderation": "Moderation",
    "More about it, for the moderators": "Mehr dazu, f\u00fcr die Moderatoren",
    "More actions": "Weitere Aktionen",
    "More of %(owner)s": "Mehr von %(owner)s",
    "Move down": "Nach unten",
    "Move earlier": "Weiter nach vorn",
    "Move later": "Weiter nach hinten",
    "Move the line, or show another image": "Linie verschieben oder ein anderes Bild zeigen",
    "Move to front": "Ganz nach vorn",
    "Move to trash": "In den Papierkorb",
    "Move up": "Nach oben",
    "Moved to trash": "In den Papierkorb gelegt",
    "Name": "Name",
    "Name of a person": "Name einer Person",
    "Never expires": "L\u00e4uft nie ab",
    "Next": "Weiter",
    "Next image": "N\u00e4chstes Bild",
    "Next in the queue": "Als N\u00e4chster in der Warteschlange",
    "No earlier prompt has these words.": "Kein fr\u00fcherer Prompt enth\u00e4lt diese W\u00f6rter.",
    "No hints": "Keine Hinweise",
    "No keys": "Keine Tasten",
    "No notices yet.": "Noch keine Mitteilungen.",
    "No rating": "Keine Bewertung",
    "No reason from the list": "Kein Grund aus der Liste",
    "No results": "Keine Ergebnisse",
    "No side of an image may be longer than %(pixels)s pixels.": "Keine Seite eines Bildes darf l\u00e4nger als %(pixels)s Pixel sein.",
    "Not saved yet.": "Noch nicht gespeichert.",
    "Nothing fits.": "Nichts passt.",
    "Nothing is queued on this site.": "Auf dieser Website wartet nichts.",
    "Nothing to change: it is so already.": "Nichts zu \u00e4ndern: Es ist schon so.",
    "Notices": "Mitteilungen",
    "Notices, %(n)s unread": [
      "Mitteilungen, %(n)s ungelesen",
      "Mitteilungen, %(n)s ungelesen"
    ],
    "Number %(position)s in the queue": "Nummer %(position)s in der Warteschlange",
    "Only you": "Nur Sie",
    "Only you and its members": "Nur Sie und die Mitglieder",
    "Open": "\u00d6ffnen",
    "Open the image": "Das Bild \u00f6ffnen",
    "Other": "Andere",
    "Other files are being added. Drop these again when that has ended.": "Andere Dateien werden gerade hinzugef\u00fcgt. Legen Sie diese danach noch einmal ab.",
    "Owner of %(n)s image suspended": [
      "Besitzer von %(n)s Bild gesperrt",
      "Besitzer von %(n)s Bildern gesperrt"
    ],
    "Owner of %(n)s image warned": [
      "Besitzer von %(n)s Bild verwarnt",
      "Besitzer von %(n)s Bildern verwarnt"
    ],
    "Page": "Seite",
    "Paint over what should change, or drag the frame outwards; then press Generate.": "\u00dcbermale, was sich \u00e4ndern soll, oder ziehe den Rahmen nach au\u00dfen; dann dr\u00fccke Generieren.",
    "Painting": "Malen",
    "Password, optional": "Passwort, optional",
    "People of this site": "Mitglieder dieser Website",
    "People of this site who see the collection, whoever else may. Those who may add put images of their own into it.": "Leute dieser Seite, die die Sammlung sehen, wer immer es sonst darf. Wer hinzuf\u00fcgen darf, legt eigene Bilder hinein.",
    "Preset": "Voreinstellung",
    "Press Ctrl C": "Strg C dr\u00fccken",
    "Press keys \u2026": "Tasten dr\u00fccken \u2026",
    "Previous and next image": "Voriges und n\u00e4chstes Bild",
    "Previous image": "Voriges Bild",
    "Progress of the job": "Fortschritt des Auftrags",
    "Prompt copied": "Prompt kopiert",
    "Proposal": "Vorschlag",
    "Proposed by %(name)s": "Vorgeschlagen von %(name)s",
    "Put %(n)s image under review": [
      "%(n)s Bild zur Pr\u00fcfung zur\u00fcckhalten",
      "%(n)s Bilder zur Pr\u00fcfung zur\u00fcckhalten"
    ],
    "Put under review": "Zur Pr\u00fcfung zur\u00fcckhalten",
    "Queue": "Warteschlange",
    "Queued": "In der Warteschlange",
    "Queued, place %(place)s": "In der Warteschlange, Platz %(place)s",
    "Rate": "Bewerten",
    "Rate with 1 to 5 stars, or none": "Mit 1 bis 5 Sternen bewerten, oder ohne",
    "Rating": "Bewertung",
    "Reason": "Grund",
    "Reload": "Neu laden",
    "Remove": "Entfernen",
    "Remove %(name)s, with the images they added": "%(name)s entfernen, mit den hinzugef\u00fcgten Bildern",
    "Remove from collection": "Aus der Sammlung entfernen",
    "Remove from favourites": "Aus den Favoriten entfernen",
    "Rename search": "Suche umbenennen",
    "Report": "Melden",
    "Report this image": "Dieses Bild melden",
    "Reports of %(n)s image resolved": [
      "Meldungen zu %(n)s Bild erledigt",
      "Meldungen zu %(n)s Bildern erledigt"
    ],
    "Reset": "Zur\u00fccksetzen",
    "Reset all shortcuts": "Alle Tastenk\u00fcrzel zur\u00fccksetzen",
    "Resolve reports": "Meldungen erledigen",
    "Restore": "Wiederherstellen",
    "Result %(number)s": "Ergebnis %(number)s",
    "Retry": "Wiederholen",
    "Reuse": "\u00dcbernehmen",
    "Reuse settings": "Einstellungen \u00fcbernehmen",
    "Revoke": "Widerrufen",
    "Rule of the site": "Regel der Website",
    "Save": "Speichern",
    "Save search": "Suche speichern",
    "Saved search deleted": "Gespeicherte Suche gel\u00f6scht",
    "Saved.": "Gespeichert.",
    "Saving\u2026": "Wird gespeichert\u2026",
    "Say why: choose a reason, or write one.": "Geben Sie einen Grund an: W\u00e4hlen Sie einen aus oder schreiben Sie ihn.",
    "Scale the mask": "Maske skalieren",
    "Search": "Suchen",
    "Search renamed": "Suche umbenannt",
    "Search saved": "Suche gespeichert",
    "Seed %(seed)s": "Seed %(seed)s",
    "Seed %(seed)s is kept.": "Seed %(seed)s bleibt erhalten.",
    "Seed is locked: press for a new one each time": "Seed ist fest: dr\u00fccken f\u00fcr jedes Mal einen neuen",
    "Select": "Ausw\u00e4hlen",
    "Select 2 to %(most)s images to compare them.": "W\u00e4hlen Sie 2 bis %(most)s Bilder aus, um sie zu vergleichen.",
    "Select all": "Alle ausw\u00e4hlen",
    "Select all %(n)s": "Alle %(n)s ausw\u00e4hlen",
    "Select all of %(day)s": "Alles vom %(day)s ausw\u00e4hlen",
    "Select an image, or all up to it": "Ein Bild ausw\u00e4hlen, oder alle bis dahin",
    "Selected images": "Ausgew\u00e4hlte Bilder",
    "Settings": "Einstellungen",
    "Sexual content": "Sexuelle Inhalte",
    "Share": "Teilen",
    "Share this collection": "Diese Sammlung teilen",
    "Share this image": "Dieses Bild teilen",
    "Share\u2026": "Teilen\u2026",
    "Shift": "Umschalt",
    "Show": "Zeigen",
    "Show %(n)s image of this job": [
      "%(n)s Bild dieses Auftrags zeigen",
      "Alle %(n)s Bilder dieses Auftrags zeigen"
    ],
    "Show all": "Alles zeigen",
    "Show image": "Bild zeigen",
    "Show image: %(prompt)s": "Bild zeigen: %(prompt)s",
    "Show less": "Weniger zeigen",
    "Show unblurred": "Scharf zeigen",
    "Shows a real person without consent": "Zeigt eine reale Person ohne Einwilligung",
    "Side by side": "Nebeneinander",
    "Sign in to see how it went on": "Anmelden, um zu sehen, wie es weiterging",
    "Similar in meaning": "\u00c4hnliche Bedeutung",
    "Slider": "Schieber",
    "Smooth enlargement": "Weiche Vergr\u00f6\u00dferung",
    "Something else": "Etwas anderes",
    "Space": "Leertaste",
    "Spam": "Spam",
    "Speed measurement": "Geschwindigkeitsmessung",
    "Stage": "B\u00fchne",
    "Starting\u2026": "Startet \u2026",
    "Step %(step)s": "Schritt %(step)s",
    "Step %(step)s of %(total)s": "Schritt %(step)s von %(total)s",
    "Stop": "Anhalten",
    "Stopping after this step": "H\u00e4lt nach diesem Schritt an",
    "Studio": "Studio",
    "Style": "Stil",
    "Style \u201c%(name)s\u201d is added.": "Der Stil \u201e%(name)s\u201c ist hinzugef\u00fcgt.",
    "Suggestions": "Vorschl\u00e4ge",
    "Suspend the owner": "Besitzer sperren",
    "Suspend the owner of %(n)s image": [
      "Besitzer von %(n)s Bild sperren",
      "Besitzer von %(n)s Bildern sperren"
    ],
    "Swap": "Tauschen",
    "Switch the theme": "Farbschema wechseln",
    "Tag": "Schlagwort",
    "Tag removed from %(n)s image": [
      "Schlagwort von %(n)s Bild entfernt",
      "Schlagwort von %(n)s Bildern entfernt"
    ],
    "Tags, separated by commas": "Schlagw\u00f6rter, durch Kommas getrennt",
    "Tag\u2026": "Schlagwort\u2026",
    "Take the like back": "\u201eGef\u00e4llt mir\u201c zur\u00fccknehmen",
    "Take the other": "Die andere nehmen",
    "Text to image": "Text zu Bild",
    "That did not work. Reload the page and try again.": "Das hat nicht geklappt. Laden Sie die Seite neu und versuchen Sie es noch einmal.",
    "The browser did not start the site's service worker. Reload the page and try again.": "Der Browser hat den Service Worker der Website nicht gestartet. Laden Sie die Seite neu und versuchen Sie es noch einmal.",
    "The browser does not allow notifications of this site. Allow them in its settings, then try again.": "Der Browser erlaubt dieser Website keine Benachrichtigungen. Erlauben Sie sie in seinen Einstellungen und versuchen Sie es noch einmal.",
    "The file of this image cannot be loaded.": "Die Datei dieses Bildes kann nicht geladen werden.",
    "The first %(most)s images can be arranged here; the others stay behind them in their order.": "Die ersten %(most)s Bilder lassen sich hier anordnen; die anderen bleiben dahinter in ihrer Reihenfolge.",
    "The image cannot be loaded: it was deleted, or your session has ended. What you painted is kept.": "Das Bild kann nicht geladen werden: Es wurde gel\u00f6scht, oder Ihre Sitzung ist beendet. Das Gemalte bleibt erhalten.",
    "The image is the cover now": "Das Bild ist jetzt das Titelbild",
    "The image is the input image now.": "Das Bild ist jetzt das Eingabebild.",
    "The images that you added are removed from it.": "Die Bilder, die Sie hinzugef\u00fcgt haben, werden daraus entfernt.",
    "The job failed.": "Der Auftrag ist fehlgeschlagen.",
    "The link shows nothing any more": "Der Link zeigt nichts mehr",
    "The mask has %(mask)s pixels, the image %(image)s. It can be scaled to fit.": "Die Maske hat %(mask)s Pixel, das Bild %(image)s. Sie kann passend skaliert werden.",
    "The mask has another size": "Die Maske hat eine andere Gr\u00f6\u00dfe",
    "The moderators will look at it. Thank you.": "Die Moderatoren sehen es sich an. Danke.",
    "The queue is paused and takes no new jobs for now. Your jobs stay queued.": "Die Warteschlange ist angehalten und nimmt vorerst keine neuen Auftr\u00e4ge an. Ihre Auftr\u00e4ge bleiben in der Warteschlange.",
    "The queue is paused.": "Die Warteschlange ist angehalten.",
    "The queue is paused: no job starts for now. Your jobs stay queued.": "Die Warteschlange ist angehalten: Vorerst beginnt kein Auftrag. Ihre Auftr\u00e4ge bleiben in der Warteschlange.",
    "The queue takes no new jobs for now. Queued jobs are still processed.": "Die Warteschlange nimmt vorerst keine neuen Auftr\u00e4ge an. Wartende werden noch bearbeitet.",
    "The site answered with an error. Try again in a moment.": "Die Website antwortete mit einem Fehler. Versuchen Sie es gleich noch einmal.",
    "The site cannot be reached. Check the connection and try again.": "Die Website ist nicht erreichbar. Pr\u00fcfen Sie die Verbindung und versuchen Sie es noch einmal.",
    "The site has no checkpoint that can inpaint.": "Die Site hat keinen Checkpoint f\u00fcr Inpaint.",
    "The terms of use have changed. Reload the page to read and accept them.": "Die Nutzungsbedingungen haben sich ge\u00e4ndert. Laden Sie die Seite neu, um sie zu lesen und anzunehmen.",
    "The trash is empty": "Der Papierkorb ist leer",
    "The verification was cancelled.": "Die Pr\u00fcfung wurde abgebrochen.",
    "Theme: dark. Switch to system.": "Farbschema: dunkel. Zu System wechseln.",
    "Theme: light. Switch to dark.": "Farbschema: hell. Zu dunkel wechseln.",
    "Theme: system. Switch to light.": "Farbschema: System. Zu hell wechseln.",
    "This browser cannot make an image of this size.": "Dieser Browser kann kein Bild dieser Gr\u00f6\u00dfe erstellen.",
    "This browser stores nothing for this page: what you paint is lost when you leave it.": "Dieser Browser speichert nichts f\u00fcr diese Seite: Gemaltes geht beim Verlassen verloren.",
    "This cannot be undone.": "Das l\u00e4sst sich nicht r\u00fcckg\u00e4ngig machen.",
    "This file is missing": "Diese Datei fehlt",
    "This image is in the trash.": "Dieses Bild liegt im Papierkorb.",
    "This image is not to be seen any more.": "Dieses Bild ist nicht mehr zu sehen.",
    "This image is under review by a moderator.": "Dieses Bild wird von einem Moderator gepr\u00fcft.",
    "This image was deleted, or you no longer have access to it.": "Dieses Bild wurde gel\u00f6scht, oder Sie haben keinen Zugriff mehr darauf.",
    "This is no PNG, JPEG or WebP image.": "Das ist kein PNG-, JPEG- oder WebP-Bild.",
    "This is no image.": "Das ist kein Bild.",
    "This note was changed elsewhere meanwhile.": "Diese Notiz wurde inzwischen anderswo ge\u00e4ndert.",
    "This seed is kept; press for a new one each time": "Dieser Seed bleibt; dr\u00fccken f\u00fcr jedes Mal einen neuen",
    "This step is not there any more.": "Diesen Schritt gibt es nicht mehr.",
    "Today": "Heute",
    "Trash": "Papierkorb",
    "Try again": "Noch einmal versuchen",
    "Under review": "In Pr\u00fcfung",
    "Undo": "R\u00fcckg\u00e4ngig",
    "Undone for %(n)s image": [
      "Bei %(n)s Bild r\u00fcckg\u00e4ngig gemacht",
      "Bei %(n)s Bildern r\u00fcckg\u00e4ngig gemacht"
    ],
    "Unread:": "Ungelesen:",
    "Upscale": "Hochskalieren",
    "Upscale an image": "Ein Bild hochskalieren",
    "Upscaled image": "Hochskaliertes Bild",
    "Use as cover": "Als Titelbild verwenden",
    "Use as input": "Als Eingabe verwenden",
    "Use as mask": "Als Maske verwenden",
    "Use the proposal": "Vorschlag verwenden",
    "Vary, strong": "Variieren, stark",
    "Vary, subtle": "Variieren, leicht",
    "Verification": "Pr\u00fcfung",
    "Verified: identical.": "Gepr\u00fcft: identisch.",
    "Verified: not identical, %(psnr)s dB PSNR.": "Gepr\u00fcft: nicht identisch, %(psnr)s dB PSNR.",
    "Viewer": "Betrachter",
    "Violence": "Gewalt",
    "Warn the owner": "Besitzer verwarnen",
    "Warn the owner of %(n)s image": [
      "Besitzer von %(n)s Bild verwarnen",
      "Besitzer von %(n)s Bildern verwarnen"
    ],
    "Way to compare": "Art des Vergleichs",
    "Weigh the selected words": "Markierte W\u00f6rter gewichten",
    "What is this image?": "Wof\u00fcr ist dieses Bild?",
    "Who may see it": "Wer es sehen darf",
    "Who may see them": "Wer sie sehen darf",
    "Who may see them?": "Wer darf sie sehen?",
    "Whoever has a link sees the image, without an account, until you revoke it.": "Wer einen Link hat, sieht das Bild ohne Konto, bis Sie ihn widerrufen.",
    "Whoever has a link sees your images in the collection, without an account, until you revoke it.": "Wer einen Link hat, sieht Ihre Bilder in der Sammlung, ohne Konto, bis Sie ihn widerrufen.",
    "Wildcard": "Platzhalter",
    "Yesterday": "Gestern",
    "You are editing the result now; undo brings the former image back.": "Sie bearbeiten jetzt das Ergebnis; R\u00fcckg\u00e4ngig bringt das vorige Bild zur\u00fcck.",
    "You are signed out: your session has ended, or your account is suspended. Sign in to see what became of your jobs.": "Sie sind abgemeldet: Ihre Sitzung ist beendet, oder Ihr Konto ist gesperrt. Melden Sie sich an, um zu sehen, was aus Ihren Auftr\u00e4gen wurde.",
    "Your images appear here.": "Ihre Bilder erscheinen hier.",
    "Your prompt": "Ihr Prompt",
    "Your prompts appear here once you have generated.": "Prompts erscheinen hier, sobald etwas generiert wurde.",
    "Your role asks for a second factor. Reload the page to set one up.": "Ihre Rolle verlangt einen zweiten Faktor. Laden Sie die Seite neu, um einen einzurichten.",
    "Your session has ended.": "Ihre Sitzung ist beendet.",
    "Your session has ended. Sign in again to go on.": "Ihre Sitzung ist beendet. Melden Sie sich wieder an, um fortzufahren.",
    "Your session has ended. Sign in again to go on; what you painted is kept.": "Ihre Sitzung ist beendet. Melden Sie sich wieder an, um weiterzumachen; das Gemalte bleibt erhalten.",
    "Your session has ended. Sign in again to see this image.": "Ihre Sitzung ist beendet. Melden Sie sich wieder an, um dieses Bild zu sehen.",
    "Zoom": "Zoom",
    "Zoom in (+)": "Vergr\u00f6\u00dfern (+)",
    "Zoom in and out": "Vergr\u00f6\u00dfern und verkleinern",
    "Zoom in or fit": "Vergr\u00f6\u00dfern oder einpassen",
    "Zoom out (-)": "Verkleinern (-)",
    "and %(n)s more": [
      "und %(n)s weitere",
      "und %(n)s weitere"
    ],
    "cancelled": "abgebrochen",
    "done in %(time)s": "fertig in %(time)s",
    "draft": "Entwurf",
    "failed": "fehlgeschlagen",
    "favourite": "Favorit",
    "guidance %(value)s": "Guidance %(value)s",
    "may add images": "darf Bilder hinzuf\u00fcgen",
    "no GPU time left today": "heute keine GPU-Zeit mehr",
    "no GPU time left today, more from %(time)s": "heute keine GPU-Zeit mehr, wieder ab %(time)s",
    "number %(position)s in the queue": "Nummer %(position)s in der Warteschlange",
    "queued": "in der Warteschlange",
    "queued, place %(place)s": "in der Warteschlange, Platz %(place)s",
    "sea, blue hour": "Meer, blaue Stunde",
    "shared": "geteilt",
    "small": "klein",
    "stack of %(n)s image": [
      "Stapel mit %(n)s Bild",
      "Stapel mit %(n)s Bildern"
    ],
    "step %(step)s of %(total)s": "Schritt %(step)s von %(total)s",
    "under review": "in Pr\u00fcfung",
    "until %(date)s": "bis %(date)s",
    "with a password": "mit Passwort",
    "\u201c%(name)s\u201d failed. %(error)s": "\u201e%(name)s\u201c ist fehlgeschlagen. %(error)s",
    "\u201c%(name)s\u201d has started": "\u201e%(name)s\u201c hat begonnen",
    "\u201c%(name)s\u201d is done: %(images)s": "\u201e%(name)s\u201c ist fertig: %(images)s",
    "\u201c%(name)s\u201d is queued": "\u201e%(name)s\u201c ist in der Warteschlange",
    "\u201c%(name)s\u201d was cancelled": "\u201e%(name)s\u201c wurde abgebrochen"
  };
  for (const key in newcatalog) {
    django.catalog[key] = newcatalog[key];
  }
  

  if (!django.jsi18n_initialized) {
    django.gettext = function(msgid) {
      const value = django.catalog[msgid];
      if (typeof value === 'undefined') {
        return msgid;
      } else {
        return (typeof value === 'string') ? value : value[0];
      }
    };

    django.ngettext = function(singular, plural, count) {
      const value = django.catalog[singular];
      if (typeof value === 'undefined') {
        return (count == 1) ? singular : plural;
      } else {
        return value.constructor === Array ? value[django.pluralidx(count)] : value;
      }
    };

    django.gettext_noop = function(msgid) { return msgid; };

    django.pgettext = function(context, msgid) {
      let value = django.gettext(context + '\x04' + msgid);
      if (value.includes('\x04')) {
        value = msgid;
      }
      return value;
    };

    django.npgettext = function(context, singular, plural, count) {
      let value = django.ngettext(context + '\x04' + singular, context + '\x04' + plural, count);
      if (value.includes('\x04')) {
        value = django.ngettext(singular, plural, count);
      }
      return value;
    };

    django.interpolate = function(fmt, obj, named) {
      if (named) {
        return fmt.replace(/%\(\w+\)s/g, function(match){return String(obj[match.slice(2,-2)])});
      } else {
        return fmt.replace(/%s/g, function(match){return String(obj.shift())});
      }
    };


    /* formatting library */

    django.formats = {
    "DATETIME_FORMAT": "j. N Y, H:i",
    "DATETIME_INPUT_FORMATS": [
      "%d.%m.%Y %H:%M:%S",
      "%d.%m.%Y %H:%M:%S.%f",
      "%d.%m.%Y %H:%M",
      "%Y-%m-%d %H:%M:%S",
      "%Y-%m-%d %H:%M:%S.%f",
      "%Y-%m-%d %H:%M",
      "%Y-%m-%d"
    ],
    "DATE_FORMAT": "j. N Y",
    "DATE_INPUT_FORMATS": [
      "%d.%m.%Y",
      "%d.%m.%y",
      "%Y-%m-%d"
    ],
    "DECIMAL_SEPARATOR": ",",
    "FIRST_DAY_OF_WEEK": 1,
    "MONTH_DAY_FORMAT": "j. F",
    "NUMBER_GROUPING": 3,
    "SHORT_DATETIME_FORMAT": "j. N Y, H:i",
    "SHORT_DATE_FORMAT": "j. N Y",
    "THOUSAND_SEPARATOR": ".",
    "TIME_FORMAT": "H:i",
    "TIME_INPUT_FORMATS": [
      "%H:%M:%S",
      "%H:%M:%S.%f",
      "%H:%M"
    ],
    "YEAR_MONTH_FORMAT": "F Y"
  };

    django.get_format = function(format_type) {
      const value = django.formats[format_type];
      if (typeof value === 'undefined') {
        return format_type;
      } else {
        return value;
      }
    };

    /* add to global namespace */
    globals.pluralidx = django.pluralidx;
    globals.gettext = django.gettext;
    globals.ngettext = django.ngettext;
    globals.gettext_noop = django.gettext_noop;
    globals.pgettext = django.pgettext;
    globals.npgettext = django.npgettext;
    globals.interpolate = django.interpolate;
    globals.get_format = django.get_format;

    django.jsi18n_initialized = true;
  }
};
